/* The main program of the clients that are compared. */
#define _GNU_SOURCE
#include "common.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

struct worker {
    pthread_t thread;
    int number;
    long warmup, calls;
    int64_t *took;
};

static pthread_barrier_t barrier;

static void *work(void *argument) {
    struct worker *worker = argument;
    void *state = client_open(worker->number);
    for (long call = 0; call < worker->warmup; call++) {
        client_call(state);
    }
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    int64_t before = now_ns();
    for (long call = 0; call < worker->calls; call++) {
        client_call(state);
        int64_t after = now_ns();
        worker->took[call] = after - before;
        before = after;
    }
    pthread_barrier_wait(&barrier);
    /* Alive until the main thread has looked at the memory. */
    pthread_barrier_wait(&barrier);
    return NULL;
}

static double cpu_us(void) {
    struct rusage used;
    CHECK(getrusage(RUSAGE_SELF, &used) == 0);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "%s FOLDER PORT THREADS WARMUP CALLS\n", argv[0]);
        return 2;
    }
    folder = argv[1];
    port = atoi(argv[2]);
    int threads = atoi(argv[3]);
    long warmup = atol(argv[4]) / threads, share = atol(argv[5]) / threads;
    long calls = share * threads;
    CHECK(threads > 0 && share > 0);
    client_prepare();
    if (warmup > 0) {
        client_call(client_open(0));
    }
    int64_t *took = malloc(sizeof *took * (size_t)calls);
    struct worker *workers = calloc((size_t)threads, sizeof *workers);
    CHECK(took != NULL && workers != NULL);
    int64_t rss = rss_bytes();
    pthread_barrier_init(&barrier, NULL, (unsigned)threads + 1);
    for (int thread = 0; thread < threads; thread++) {
        struct worker *worker = &workers[thread];
        *worker = (struct worker){0, thread, warmup, share, took + share * thread};
        CHECK(pthread_create(&worker->thread, NULL, work, worker) == 0);
    }
    pthread_barrier_wait(&barrier);
    double cpu = cpu_us();
    int64_t wall = now_ns();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    wall = now_ns() - wall;
    cpu = cpu_us() - cpu;
    int64_t rss_now = rss_bytes();
    pthread_barrier_wait(&barrier);
    for (int thread = 0; thread < threads; thread++) {
        pthread_join(workers[thread].thread, NULL);
    }
    qsort(took, (size_t)calls, sizeof *took, compare_ns);
    printf("{\"calls\": %ld, \"cpu_us\": %.3f, \"wall_us\": %.3f, \"p50_us\": %.1f,"
           " \"p99_us\": %.1f, \"rss_mb\": %.2f, \"rss_growth_mb\": %.2f,"
           " \"threads_created\": %d}\n",
           calls, cpu / (double)calls, (double)wall / 1e3 / (double)calls,
           (double)took[calls / 2] / 1e3, (double)took[calls * 99 / 100] / 1e3,
           (double)rss_now / 1e6, (double)(rss_now - rss) / 1e6, threads_created() - threads);
    fflush(stdout);
    return 0;
}
