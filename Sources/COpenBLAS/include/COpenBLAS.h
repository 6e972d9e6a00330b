#ifndef RG_COPENBLAS_H
#define RG_COPENBLAS_H

#endif
