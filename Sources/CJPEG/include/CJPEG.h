#ifndef RG_CJPEG_H
#define RG_CJPEG_H

#endif
