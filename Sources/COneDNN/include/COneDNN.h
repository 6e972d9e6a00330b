#ifndef RG_CONEDNN_H
#define RG_CONEDNN_H

#endif
