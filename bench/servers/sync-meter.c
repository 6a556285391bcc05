// Preloaded into a server: counts fsync and fdatasync, and can make them slower, as they are on many disks.
// cc -shared -fPIC -o sync-meter.so sync-meter.c -ldl
// SYNC_COUNT names a file of 8 bytes that is mapped and counted in; SYNC_DELAY_US is added to each sync.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static long *counter;
static useconds_t delay;

__attribute__((constructor)) static void begin(void) {
  const char *file = getenv("SYNC_COUNT"), *us = getenv("SYNC_DELAY_US");
  if (us) delay = (useconds_t)atoi(us);
  int fd = file ? open(file, O_RDWR) : -1;
  if (fd < 0) return;
  void *map = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map != MAP_FAILED) counter = map;
  close(fd);
}

static int synced(const char *name, int fd) {
  if (counter) __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
  if (delay) usleep(delay);
  return ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
}

int fdatasync(int fd) { return synced("fdatasync", fd); }
int fsync(int fd) { return synced("fsync", fd); }
