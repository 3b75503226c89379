/* Counts the threads that anybody in the process creates. */
#ifndef MEETBRIDGE_TESTS_CREATED_H
#define MEETBRIDGE_TESTS_CREATED_H

/* Calls of pthread_create(3). */
extern int created_threads;
/* Calls of clone(2) and clone3(2) past pthread_create(3), by function or through syscall(2). */
extern int created_tasks;

#endif
