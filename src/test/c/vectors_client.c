/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vectors_client - runs worked vectors with this process's own memory, through an open queue.
 *
 *     vectors_client QUEUE ERRORS REGISTERS < SCRIPT
 *
 * QUEUE is a node such as MOUNT/dev/dsa/wq0.0, ERRORS the device's attribute of that name, REGISTERS
 * the resource0 of its function. The script has one word and its values a line; addresses are hexadecimal, bytes too, in memory order:
 *
 *     vector NAME WAY           begins a vector; write, enqcmd or movdir64b
 *     map ADDRESS BYTES         what is there before; the rest of its pages is zero
 *     absent ADDRESS            a page that is taken away again, or made
 *     read-only ADDRESS         read-only
 *     expect ADDRESS BYTES      what is there afterwards; all else is as before
 *     record ADDRESS            of the completion record, if one is to be written
 *     error WORDS               what the errors attribute says afterwards, if something else
 *     submit BYTES              the descriptor; ends the vector
 *
 * The vectors' addresses are fixed and low, where nothing else of a process is. For each vector one
 * line is printed: its name, its way and "ok", "refused" with an errno, or what differs.
 */
#define _GNU_SOURCE
#include "queue.h"

#define FIRST_PAGE 0x10u /* addresses from 64 KiB up, which every kernel lets be mapped */
#define PAGE_COUNT 0x100u
#define LOW ((uint8_t *)((uintptr_t)FIRST_PAGE * PAGE))
#define LINE_BYTES (1u << 20)

enum state { UNMAPPED, MAPPED, READ_ONLY, ABSENT };

static enum state pages[PAGE_COUNT];
static uint8_t image[PAGE_COUNT * PAGE]; /* what the mapped pages should hold */
static char complaint[256];

/* Of the vector that is being put together. */
static char name[64], way_name[16], error[128];
static struct dsafs_record *record;

static struct queue queues[BY_MOVDIR64B + 1];
static const char *errors_path;
static int registers;

static uint8_t *low_address(const char *text) {
  uintptr_t address = strtoull(text, NULL, 16);
  uintptr_t page = address / PAGE;
  if (page < FIRST_PAGE || page >= FIRST_PAGE + PAGE_COUNT) {
    die("%s: address %s is not where vectors are", name, text);
  }
  return (uint8_t *)address;
}

static size_t page_of(const uint8_t *at) { return (size_t)(at - LOW) / PAGE; }

static void map_page(size_t page) {
  void *at = LOW + page * PAGE;
  if (pages[page] == UNMAPPED) {
    if (mmap(at, PAGE, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != at) {
      die("%s: cannot map %p: %s", name, at, errno_name(errno));
    }
    memset(at, 0, PAGE); /* present, and the process's own */
    pages[page] = MAPPED;
  }
}

/* Unhexes text to the image at an address; answers how many bytes. */
static size_t unhex(const char *text, uint8_t *into) {
  size_t length = 0;
  for (unsigned byte; sscanf(text + 2 * length, "%2x", &byte) == 1; length++) {
    into[length] = (uint8_t)byte;
  }
  return length;
}

static void place(const char *address, const char *bytes, bool before) {
  uint8_t *at = low_address(address);
  size_t length = unhex(bytes, image + (at - LOW));
  if (before) {
    for (size_t page = page_of(at); length && page <= page_of(at + length - 1); page++) {
      map_page(page);
    }
    memcpy(at, image + (at - LOW), length);
  }
}

static void protect(const char *address, enum state state) {
  uint8_t *at = low_address(address);
  int result = state == ABSENT ? munmap(at, PAGE) : mprotect(at, PAGE, PROT_READ);
  if (result != 0) {
    die("%s: page %s: %s", name, address, errno_name(errno));
  }
  pages[page_of(at)] = state;
}

static void forget_all(void) {
  for (size_t page = 0; page < PAGE_COUNT; page++) {
    if (pages[page] == MAPPED || pages[page] == READ_ONLY) {
      munmap(LOW + page * PAGE, PAGE);
    }
    pages[page] = UNMAPPED;
  }
  memset(image, 0, sizeof image);
}

/* Waits until everything submitted before has been done, with a record outside the vectors. */
static void drain(const struct queue *queue) {
  static struct dsafs_record done;
  memset((void *)&done, 0, sizeof done);
  struct dsafs_descriptor descriptor = describe(DSAFS_DRAIN, &done);
  submit(queue, &descriptor);
  wait_for(&done);
}

static void read_errors(char *into, size_t size) {
  int file = open(errors_path, O_RDONLY);
  ssize_t length = read(file, into, size - 1);
  if (length < 0) {
    die("read %s: %s", errors_path, errno_name(errno));
  }
  into[length > 0 ? length - 1 : 0] = 0;
  close(file);
}

#define SWERROR 0xc0
#define SWERROR_VALID 1u

/*
 * An error is told by an interrupt, so it may come late; and while the driver has not taken it from
 * the register, the next one would be lost.
 */
static bool has_error(void) {
  char text[128] = "";
  uint64_t valid = SWERROR_VALID;
  for (double limit = now() + 5; strcmp(text, error) != 0 || (valid & SWERROR_VALID);) {
    read_errors(text, sizeof text);
    if (pread(registers, &valid, sizeof valid, SWERROR) != sizeof valid) {
      die("reading a register: %s", errno_name(errno));
    }
    if (now() > limit) {
      snprintf(complaint, sizeof complaint, "errors is %s", text);
      return false;
    }
  }
  return true;
}

static bool has_memory(void) {
  for (size_t page = 0; page < PAGE_COUNT; page++) {
    if (pages[page] != MAPPED && pages[page] != READ_ONLY) {
      continue;
    }
    for (size_t i = page * PAGE; i < (page + 1) * PAGE; i++) {
      if (LOW[i] != image[i]) {
        snprintf(complaint, sizeof complaint, "byte %p is 0x%02x, not 0x%02x", (void *)(LOW + i),
                 LOW[i], image[i]);
        return false;
      }
    }
  }
  return true;
}

static void run(const char *descriptor_text) {
  uint8_t descriptor[64];
  if (unhex(descriptor_text, descriptor) != sizeof descriptor) {
    die("%s: not a descriptor", name);
  }
  const struct queue *queue = &queues[way_named(way_name)];
  int taken = try_submit(queue, descriptor);
  if (taken != 1) {
    printf("%s %s refused %s\n", name, way_name, taken == 0 ? "retry" : errno_name(errno));
    return;
  }
  if (record) {
    wait_for(record);
  }
  drain(queue);
  bool good = has_memory() && (!error[0] || has_error());
  printf("%s %s %s\n", name, way_name, good ? "ok" : complaint);
}

int main(int argc, char **argv) {
  if (argc != 4) {
    die("usage: vectors_client QUEUE ERRORS REGISTERS");
  }
  errors_path = argv[2];
  registers = open(argv[3], O_RDONLY);
  if (registers < 0) {
    die("open %s: %s", argv[3], errno_name(errno));
  }
  queues[BY_MOVDIR64B] = open_queue(argv[1], BY_MOVDIR64B);
  for (enum way way = BY_WRITE; way < BY_MOVDIR64B; way++) {
    queues[way] = queues[BY_MOVDIR64B]; /* a dedicated queue can be open once */
    queues[way].way = way;
  }
  static char line[LINE_BYTES];
  while (fgets(line, sizeof line, stdin)) {
    char *rest = line;
    line[strcspn(line, "\n")] = 0;
    const char *word = strsep(&rest, " ");
    if (!rest) {
      die("'%s' without a value", word);
    }
    if (strcmp(word, "error") == 0) {
      snprintf(error, sizeof error, "%s", rest);
      continue;
    }
    const char *first = strsep(&rest, " ");
    if (strcmp(word, "vector") == 0) {
      snprintf(name, sizeof name, "%s", first);
      snprintf(way_name, sizeof way_name, "%s", rest);
      record = NULL;
      error[0] = 0;
    } else if (strcmp(word, "map") == 0) {
      place(first, rest, true);
    } else if (strcmp(word, "expect") == 0) {
      place(first, rest, false);
    } else if (strcmp(word, "absent") == 0) {
      protect(first, ABSENT);
    } else if (strcmp(word, "read-only") == 0) {
      protect(first, READ_ONLY);
    } else if (strcmp(word, "record") == 0) {
      record = (struct dsafs_record *)low_address(first);
    } else if (strcmp(word, "submit") == 0) {
      run(first);
      forget_all();
    } else {
      die("no word '%s'", word);
    }
  }
  return 0;
}
