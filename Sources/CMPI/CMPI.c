#include "CMPI.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char message[RG_MPI_MESSAGE_LENGTH];

const char *rg_mpi_message(void) { return message; }

#ifndef REALITYGAP_MPI

static int missing(void) {
  snprintf(message, sizeof message, "this program was built without MPI");
  return -1;
}

const char *rg_mpi_version(void) { return NULL; }
int rg_mpi_begin(int *rank, int *size) {
  (void)rank, (void)size;
  return missing();
}
void rg_mpi_end(void) {}
void rg_mpi_abort(int status) { (void)status; }
rg_mpi_exchange *rg_mpi_exchange_begin(const rg_mpi_part *sends, int send_count,
                                       const rg_mpi_part *receives, int receive_count) {
  (void)sends, (void)send_count, (void)receives, (void)receive_count;
  missing();
  return NULL;
}
int rg_mpi_exchange_test(rg_mpi_exchange *exchange) {
  (void)exchange;
  return missing();
}
void rg_mpi_exchange_free(rg_mpi_exchange *exchange) { (void)exchange; }
int rg_mpi_beat(int *silent, double *seconds) {
  (void)silent, (void)seconds;
  return missing();
}

#else

#include <mpi.h>

struct rg_mpi_exchange {
  MPI_Request *requests;  // what is received first
  int count;
};

// Each kind of traffic has a communicator of its own, so that none takes another's messages.
static MPI_Comm data, beats;
static int own, processes;
static MPI_Request *heard, *told;
static double *last_heard, last_told;
static char tick;

static int check(int code) {
  if (code == MPI_SUCCESS) return 0;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, text, &length);
  snprintf(message, sizeof message, "MPI failed: %.*s", length, text);
  return -1;
}

static void *out_of_memory(void) {
  snprintf(message, sizeof message, "out of memory");
  return NULL;
}

const char *rg_mpi_version(void) {
  static char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(text, &length);
  text[strcspn(text, ",\n")] = 0;
  return text;
}

static int listen(int peer) {
  return check(MPI_Irecv(&tick, 1, MPI_CHAR, peer, 0, beats, &heard[peer]));
}

int rg_mpi_begin(int *rank, int *size) {
  int level = 0;
  if (check(MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level))) return -1;
  if (level < MPI_THREAD_SERIALIZED) {
    snprintf(message, sizeof message, "this MPI cannot be called from several threads");
    return -1;
  }
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if (check(MPI_Comm_dup(MPI_COMM_WORLD, &data)) || check(MPI_Comm_dup(MPI_COMM_WORLD, &beats)) ||
      check(MPI_Comm_rank(data, &own)) || check(MPI_Comm_size(data, &processes)))
    return -1;
  heard = calloc((size_t)processes, sizeof *heard);
  told = calloc((size_t)processes, sizeof *told);
  last_heard = calloc((size_t)processes, sizeof *last_heard);
  if (!heard || !told || !last_heard) {
    out_of_memory();
    return -1;
  }
  for (int peer = 0; peer < processes; peer++) {
    told[peer] = heard[peer] = MPI_REQUEST_NULL;
    last_heard[peer] = MPI_Wtime();
    if (peer != own && listen(peer)) return -1;
  }
  *rank = own;
  *size = processes;
  return 0;
}

void rg_mpi_end(void) {
  // All have done their last exchange when the first one is here; beats may still be on their way.
  MPI_Barrier(data);
  for (int peer = 0; peer < processes; peer++) {
    if (heard[peer] != MPI_REQUEST_NULL) {
      MPI_Cancel(&heard[peer]);
      MPI_Request_free(&heard[peer]);
    }
    if (told[peer] != MPI_REQUEST_NULL) MPI_Request_free(&told[peer]);
  }
  MPI_Finalize();
}

void rg_mpi_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

int rg_mpi_beat(int *silent, double *seconds) {
  double now = MPI_Wtime();
  int tells = now - last_told >= 1;
  if (tells) last_told = now;
  *seconds = -1;
  for (int peer = 0; peer < processes; peer++) {
    if (peer == own) continue;
    int done = 1;
    if (check(MPI_Test(&heard[peer], &done, MPI_STATUS_IGNORE))) return -1;
    if (done) {
      last_heard[peer] = now;
      if (listen(peer)) return -1;
    }
    if (now - last_heard[peer] > *seconds) {
      *seconds = now - last_heard[peer];
      *silent = peer;
    }
    if (!tells) continue;
    if (check(MPI_Test(&told[peer], &done, MPI_STATUS_IGNORE))) return -1;
    if (done && check(MPI_Isend(&tick, 1, MPI_CHAR, peer, 0, beats, &told[peer]))) return -1;
  }
  return 0;
}

// At most so many bytes a message: MPI counts in ints.
static const size_t largest = (size_t)1 << 30;

static int messages(const rg_mpi_part *parts, int count) {
  int total = 0;
  for (int i = 0; i < count; i++) total += (int)((parts[i].size + largest - 1) / largest);
  return total;
}

rg_mpi_exchange *rg_mpi_exchange_begin(const rg_mpi_part *sends, int send_count,
                                       const rg_mpi_part *receives, int receive_count) {
  rg_mpi_exchange *exchange = calloc(1, sizeof *exchange);
  if (!exchange) return out_of_memory();
  size_t total = (size_t)(messages(receives, receive_count) + messages(sends, send_count));
  exchange->requests = calloc(total + 1, sizeof *exchange->requests);
  if (!exchange->requests) {
    rg_mpi_exchange_free(exchange);
    return out_of_memory();
  }
  for (int i = 0; i < receive_count + send_count; i++) {
    int sent = i >= receive_count;
    const rg_mpi_part *part = sent ? &sends[i - receive_count] : &receives[i];
    for (size_t at = 0; at < part->size; at += largest) {
      size_t left = part->size - at;
      int size = (int)(left < largest ? left : largest);
      char *memory = (char *)part->memory + at;
      MPI_Request *request = &exchange->requests[exchange->count];
      int code = sent ? MPI_Isend(memory, size, MPI_BYTE, part->peer, 0, data, request)
                      : MPI_Irecv(memory, size, MPI_BYTE, part->peer, 0, data, request);
      if (check(code)) {
        rg_mpi_exchange_free(exchange);
        return NULL;
      }
      exchange->count++;
    }
  }
  return exchange;
}

int rg_mpi_exchange_test(rg_mpi_exchange *exchange) {
  for (int i = 0; i < exchange->count; i++) {
    if (exchange->requests[i] == MPI_REQUEST_NULL) continue;
    int done = 0;
    if (check(MPI_Test(&exchange->requests[i], &done, MPI_STATUS_IGNORE))) return -1;
    if (!done) return 0;
  }
  return 1;
}

void rg_mpi_exchange_free(rg_mpi_exchange *exchange) {
  free(exchange->requests);
  free(exchange);
}

#endif
