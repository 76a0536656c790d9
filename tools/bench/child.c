/* SPDX-License-Identifier: AGPL-3.0-or-later
 * child.c - see child.h. */
#include "tools/bench/child.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/err.h"
#include "tools/bench/bench.h"

#define START_MS 120000		/* a node of a million records reads them first */
#define STOP_MS 30000

/* Run argv with stdout into a pipe when out is not NULL. */
static int
start(char *const argv[], int *out, pid_t *pid, struct err *e)
{
	int fd[2] = { -1, -1 };

	if (out != NULL && pipe2(fd, O_CLOEXEC) == -1)
		return err_set(e, ERR_IO, "pipe: %s", strerror(errno));
	if ((*pid = fork()) == -1)
		return err_set(e, ERR_MEMORY, "fork: %s", strerror(errno));
	if (*pid == 0) {
		if (out != NULL)
			dup2(fd[1], STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (out != NULL) {
		close(fd[1]);
		*out = fd[0];
	}
	return 0;
}

/* The first line that the child says. */
static int
first_line(int fd, char *out, size_t size, struct err *e)
{
	size_t len = 0;

	while (len + 1 < size) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (poll(&p, 1, START_MS) <= 0)
			return err_set(e, ERR_TIMEOUT, "it does not say that it listens");
		if (read(fd, out + len, 1) != 1)
			return err_set(e, ERR_IO, "it ended at once");
		if (out[len] == '\n')
			break;
		len++;
	}
	out[len] = '\0';
	return 0;
}

int
child_serve(const char *essaim, const char *dir, struct child *out, struct err *e)
{
	char program[PATH_MAX], data[PATH_MAX], line[1024];
	char *const argv[] = { program, (char[]){ "serve" }, (char[]){ "--data" }, data, (char[]){ "--listen" },
		(char[]){ "127.0.0.1:0" }, (char[]){ "--allow-private" }, (char[]){ "--json" }, NULL };
	const char *colon;
	int fd;

	memset(out, 0, sizeof *out);
	snprintf(program, sizeof program, "%s", essaim);
	snprintf(data, sizeof data, "%s", dir);
	if ((size_t)snprintf(out->socket, sizeof out->socket, "%s/control.sock", dir) >= sizeof out->socket)
		return err_set(e, ERR_LIMIT, "%s: too long a path", dir);
	if (start(argv, &fd, &out->pid, e) == -1)
		return -1;
	if (first_line(fd, line, sizeof line, e) == -1 || (colon = strstr(line, "127.0.0.1:")) == NULL) {
		close(fd);
		child_stop(out);
		return err_wrap(e, "%s serve", essaim);
	}
	close(fd);
	out->port = (uint16_t)atoi(colon + strlen("127.0.0.1:"));
	return 0;
}

/* A port that was free a moment ago. */
static uint16_t
free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || bind(fd, (const struct sockaddr *)&a, sizeof a) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) == -1)
		a.sin_port = 0;
	if (fd != -1)
		close(fd);
	return ntohs(a.sin_port);
}

/* Everything relative to the prefix that -p gives. */
static int
write_nginx_conf(const char *path, uint16_t port, struct err *e)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	fprintf(f, "%sdaemon off;\nworker_processes auto;\npid nginx.pid;\nerror_log stderr crit;\n"
	    "events { worker_connections 1024; }\n"
	    "http { access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 100000000;\n"
	    "open_file_cache max=100; open_file_cache_valid 60s; default_type text/html;\n"
	    "client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;\n"
	    "server { listen 127.0.0.1:%u; root www; } }\n", getuid() == 0 ? "user root;\n" : "", (unsigned)port);
	return fclose(f) == 0 ? 0 : err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
}

static const char *
find_nginx(void)
{
	static const char *const place[] = { "/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx" };
	size_t i;

	for (i = 0; i < sizeof place / sizeof place[0]; i++)
		if (access(place[i], X_OK) == 0)
			return place[i];
	return NULL;
}

static int
wait_for_port(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int i, fd, up = 0;

	for (i = 0; i < 500 && !up; i++) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		up = fd != -1 && connect(fd, (const struct sockaddr *)&a, sizeof a) == 0;
		close(fd);
		if (!up)
			sleep_ms(10);
	}
	return up;
}

int
child_nginx(const char *dir, struct child *out, struct err *e)
{
	char program[PATH_MAX], conf[PATH_MAX], absolute[PATH_MAX];
	char *const argv[] = { program, (char[]){ "-c" }, conf, (char[]){ "-p" }, absolute, NULL };
	const char *nginx = find_nginx();

	memset(out, 0, sizeof *out);
	if (nginx == NULL)
		return err_set(e, ERR_NOT_FOUND, "nginx is not installed: deploy/packages.sh bench");
	if (realpath(dir, absolute) == NULL ||
	    (size_t)snprintf(conf, sizeof conf, "%s/nginx.conf", absolute) >= sizeof conf)
		return err_set(e, ERR_IO, "%s: %s", dir, strerror(errno));
	snprintf(program, sizeof program, "%s", nginx);
	out->port = free_port();
	if (write_nginx_conf(conf, out->port, e) == -1 || start(argv, NULL, &out->pid, e) == -1)
		return -1;
	if (!wait_for_port(out->port)) {
		child_stop(out);
		return err_set(e, ERR_IO, "nginx does not start");
	}
	return 0;
}

void
child_stop(struct child *c)
{
	int waited;

	if (c->pid <= 0)
		return;
	kill(c->pid, SIGTERM);
	for (waited = 0; waited < STOP_MS && waitpid(c->pid, NULL, WNOHANG) == 0; waited += 10)
		sleep_ms(10);
	if (waited >= STOP_MS) {
		kill(c->pid, SIGKILL);
		waitpid(c->pid, NULL, 0);
	}
	c->pid = 0;
}

int
child_memory(const struct child *c, double *resident_mib, double *peak_mib, struct err *e)
{
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/status", (long)c->pid);
	if ((f = fopen(path, "r")) == NULL)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	while (fgets(line, sizeof line, f) != NULL) {
		if (strncmp(line, "VmRSS:", 6) == 0)
			*resident_mib = strtod(line + 6, NULL) / 1024;
		if (strncmp(line, "VmHWM:", 6) == 0)
			*peak_mib = strtod(line + 6, NULL) / 1024;
	}
	fclose(f);
	return 0;
}

int
child_cpu(const struct child *c, double *seconds, struct err *e)
{
	char path[64], line[1024];
	unsigned long user = 0, system = 0;
	const char *p;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/stat", (long)c->pid);
	if ((f = fopen(path, "r")) == NULL || fgets(line, sizeof line, f) == NULL ||
	    (p = strrchr(line, ')')) == NULL ||
	    sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2) {
		if (f != NULL)
			fclose(f);
		return err_set(e, ERR_IO, "%s: unreadable", path);
	}
	fclose(f);
	*seconds = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
	return 0;
}
