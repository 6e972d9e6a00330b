#ifndef RG_CMPI_H
#define RG_CMPI_H

#include <stddef.h>

// The thinnest shim over MPI, whose handles and macros differ between its implementations. After
// rg_mpi_begin one thread at a time may call these. What returns an int returns 0, or -1 with a line of
// text in rg_mpi_message. Without the package trait MPI everything fails.

enum { RG_MPI_MESSAGE_LENGTH = 512 };

/// Why the last call failed.
const char *rg_mpi_message(void);

/// Library and version, or NULL in a build without MPI.
const char *rg_mpi_version(void);

/// Joins the processes that were started together.
int rg_mpi_begin(int *rank, int *size);

/// Leaves them in good order.
void rg_mpi_end(void);

/// Ends all of them at once.
void rg_mpi_abort(int status);

/// Memory on its way to or from a process.
typedef struct {
  int peer;
  void *memory;
  size_t size;  // bytes
} rg_mpi_part;

typedef struct rg_mpi_exchange rg_mpi_exchange;

/// Begins to send and to receive; NULL where that fails.
rg_mpi_exchange *rg_mpi_exchange_begin(const rg_mpi_part *sends, int send_count,
                                       const rg_mpi_part *receives, int receive_count);

/// 1 when all is done, 0 when not yet, -1 when it failed.
int rg_mpi_exchange_test(rg_mpi_exchange *exchange);

void rg_mpi_exchange_free(rg_mpi_exchange *exchange);

/// Tells the other processes, once a second, that this one is alive, and hears them.
///
/// `silent` becomes the process that has been silent for longest, `seconds` for how long.
int rg_mpi_beat(int *silent, double *seconds);

#endif
