/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clients - many processes on one shared queue, and the latency of a single copy.
 *
 *     cc -O2 -o clients clients.c
 *     ./clients DSA_QUEUE
 *
 * Each process opens the queue for itself and submits moves of 4 KiB, some at once, for a fixed time.
 * Nothing may be lost: each submission was refused, or its record came, and the bytes arrived.
 */
#include "bench.h"

#include <sys/wait.h>

#define DEPTH 4u
#define SIZE 4096u
#define MOST 16

static int milliseconds = 500;

/* What a process has counted. */
struct account {
  uint64_t submitted, refused, completed;
  bool wrong;
};

struct shared {
  pthread_barrier_t start;
  volatile bool stop;
  struct account accounts[MOST];
};

static struct dsafs_descriptor describe(struct dsafs_record *record, const void *from, const void *to) {
  record->status = 0;
  return (struct dsafs_descriptor){
      .opcode_flags = (uint32_t)DSAFS_MOVE << 24 | DSAFS_FLAG_RECORD_VALID | DSAFS_FLAG_RECORD_REQUEST,
      .record = (uintptr_t)record,
      .source = (uintptr_t)from,
      .destination = (uintptr_t)to,
      .size = SIZE};
}

static void client(const char *queue, struct shared *shared, struct account *account) {
  uint64_t portal;
  int file = open_device(queue, &portal, true);
  uint8_t *from = buffers(DEPTH * SIZE), *to = buffers(DEPTH * SIZE);
  struct dsafs_record *records = (struct dsafs_record *)buffers(DEPTH * sizeof *records);
  bool flying[DEPTH] = {false};
  struct account own = {0};
  memset(from, getpid() & 0x7f, DEPTH * SIZE);
  memset(to, 0xff, DEPTH * SIZE);
  pthread_barrier_wait(&shared->start);
  for (unsigned slot = 0; !shared->stop; slot = (slot + 1) % DEPTH) {
    if (flying[slot]) {
      await(&records[slot]);
      own.completed += records[slot].status == DSAFS_SUCCESS;
      flying[slot] = false;
    }
    struct dsafs_descriptor move = describe(&records[slot], from + slot * SIZE, to + slot * SIZE);
    own.submitted++;
    if (enqcmd(file, portal, &move) == 0) {
      flying[slot] = true;
    } else {
      own.refused++;
      sched_yield();
    }
  }
  for (unsigned slot = 0; slot < DEPTH; slot++) {
    if (flying[slot]) {
      await(&records[slot]);
      own.completed += records[slot].status == DSAFS_SUCCESS;
    }
  }
  own.wrong = own.completed >= DEPTH && memcmp(from, to, DEPTH * SIZE) != 0;
  *account = own;
}

/* Accepted a second by so many processes; exits if one was lost. */
static double contend(const char *queue, int processes, double *fairness, double *refused) {
  struct shared *shared = (struct shared *)pages(sizeof *shared, MAP_SHARED);
  pthread_barrierattr_t between;
  pthread_barrierattr_init(&between);
  pthread_barrierattr_setpshared(&between, PTHREAD_PROCESS_SHARED);
  pthread_barrier_init(&shared->start, &between, (unsigned)processes + 1);
  for (int i = 0; i < processes; i++) {
    pid_t child = fork();
    if (child < 0) {
      die("fork");
    }
    if (child == 0) {
      client(queue, shared, &shared->accounts[i]);
      _exit(0);
    }
  }
  pthread_barrier_wait(&shared->start);
  double begin = now();
  usleep((useconds_t)milliseconds * 1000);
  shared->stop = true;
  double passed = now() - begin;
  for (int i = 0; i < processes; i++) {
    int status;
    if (wait(&status) < 0 || status != 0) {
      fprintf(stderr, "clients: a client ended early\n");
      exit(1);
    }
  }
  uint64_t submitted = 0, rejected = 0, least = UINT64_MAX, most = 0;
  for (int i = 0; i < processes; i++) {
    const struct account *account = &shared->accounts[i];
    if (account->wrong || account->submitted != account->completed + account->refused) {
      fprintf(stderr, "clients: lost: submitted %lu, completed %lu, refused %lu\n",
              (unsigned long)account->submitted, (unsigned long)account->completed,
              (unsigned long)account->refused);
      exit(1);
    }
    submitted += account->submitted;
    rejected += account->refused;
    least = account->completed < least ? account->completed : least;
    most = account->completed > most ? account->completed : most;
  }
  munmap(shared, sizeof *shared);
  *fairness = most == 0 ? 0 : (double)least / (double)most;
  *refused = (double)rejected / (double)submitted;
  return (double)(submitted - rejected) / passed;
}

static void run_contention(const char *queue) {
  static const int processes[] = {1, 4, MOST};
  enum { KINDS = 3 };
  static double rates[KINDS][MAX_ROUNDS], fair[KINDS][MAX_ROUNDS], refused[KINDS][MAX_ROUNDS];
  int order[KINDS] = {0, 1, 2};
  for (int round = 0; round < rounds; round++) {
    shuffle(order, KINDS);
    for (int i = 0; i < KINDS; i++) {
      int kind = order[i];
      rates[kind][round] =
          contend(queue, processes[kind], &fair[kind][round], &refused[kind][round]);
    }
  }
  printf("%-27s %9s %12s %9s %9s\n", "one shared queue, 4 KiB", "clients", "accepted/s", "refused",
         "fairness");
  for (int kind = 0; kind < KINDS; kind++) {
    printf("%-27s %9d %12.0f %8.1f%% %9.2f\n", "moves by ENQCMD", processes[kind],
           median(rates[kind], rounds), 100 * median(refused[kind], rounds), median(fair[kind], rounds));
  }
  puts("fairness: the least that a client completed by the most; submitted = completed + refused held");
}

static void run_latency(const char *queue) {
  uint64_t portal;
  int file = open_device(queue, &portal, true);
  uint8_t *from = buffers(SIZE), *to = buffers(SIZE);
  struct dsafs_record *record = (struct dsafs_record *)buffers(sizeof *record);
  double *times = calloc((size_t)calls, sizeof *times);
  memset(from, 1, SIZE);
  memset(to, 2, SIZE);
  printf("%-27s %9s %9s %9s\n", "4 KiB move, microseconds", "p50", "p99", "p99.9");
  for (int way = 0; way < 2; way++) {
    for (int i = -calls / 4; i < calls; i++) {
      double begin = now();
      struct dsafs_descriptor move = describe(record, from, to);
      if (way == 0) {
        while (enqcmd(file, portal, &move) != 0) {
        }
      } else {
        while (write(file, &move, sizeof move) != sizeof move) {
        }
      }
      await(record);
      if (i >= 0) {
        times[i] = (now() - begin) * 1e6;
      }
    }
    qsort(times, (size_t)calls, sizeof *times, compare);
    printf("%-27s %9.1f %9.1f %9.1f\n", way == 0 ? "by ENQCMD" : "by write(2)", times[calls / 2],
           times[calls / 100 * 99], times[calls / 1000 * 999]);
  }
  free(times);
}

static void usage(void) {
  fputs("usage: clients [--rounds N] [--calls N] DSA_QUEUE\n", stderr);
  exit(2);
}

int main(int argc, char **argv) {
  calls = 20000;
  if (read_options(argc, argv, usage) != 1) {
    usage();
  }
  run_contention(argv[optind]);
  run_latency(argv[optind]);
  return 0;
}
