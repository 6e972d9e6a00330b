#ifndef RG_LZF_H
#define RG_LZF_H

#include <hdf5.h>

/* h5py's filter LZF, number 32000, for reading alone; to be registered with H5Zregister. */
extern const H5Z_class2_t rg_lzf_filter;

#endif
