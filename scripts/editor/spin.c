/*
 * spin PREFIX FOLDER…: an attacker that does nothing but try. It lists the folders without end and connects to everything
 * whose name begins so and that it has not connected to yet, until its input ends. Then it prints how many that were. It
 * is compiled without libraries to load, so that it runs in every container.
 */
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST 65536

static char *won[MOST];
static int count;

static int known(const char *name) {
  for (int i = count - 1; i >= 0; i--)
    if (strcmp(won[i], name) == 0) return 1;
  return 0;
}

static void attempt(const char *folder, const char *name) {
  struct sockaddr_un place = {.sun_family = AF_UNIX};
  int length = snprintf(place.sun_path, sizeof place.sun_path, "%s/%s", folder, name);
  if (length <= 0 || (size_t)length >= sizeof place.sun_path) return;
  int end = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (end < 0) return;
  if (connect(end, (struct sockaddr *)&place, sizeof place) == 0 && count < MOST) {
    won[count] = strdup(name);
    if (won[count] == NULL) exit(1);
    count++;
  }
  close(end);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  size_t prefix = strlen(argv[1]);
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  puts("spinning");
  fflush(stdout);
  while (poll(&input, 1, 0) == 0) {
    for (int i = 2; i < argc; i++) {
      DIR *folder = opendir(argv[i]);
      if (folder == NULL) continue;
      for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        if (strncmp(entry->d_name, argv[1], prefix) == 0 && !known(entry->d_name)) attempt(argv[i], entry->d_name);
      closedir(folder);
    }
  }
  printf("%d\n", count);
  return 0;
}
