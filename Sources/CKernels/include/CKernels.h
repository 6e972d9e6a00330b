#ifndef RG_CKERNELS_H
#define RG_CKERNELS_H

#endif
