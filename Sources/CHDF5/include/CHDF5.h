#ifndef RG_CHDF5_H
#define RG_CHDF5_H

#endif
