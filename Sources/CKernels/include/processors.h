#ifndef RG_PROCESSORS_H
#define RG_PROCESSORS_H

/// Processors that the scheduler may put the calling thread on (sched_getaffinity, which Swift cannot
/// see); 0 where the system does not say.
int rg_affinity_count(void);

#endif
