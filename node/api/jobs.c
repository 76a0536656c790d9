/* SPDX-License-Identifier: AGPL-3.0-or-later
 * jobs.c - see jobs.h. */
#include "node/api/jobs.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/node.h"

enum job_state { JOB_FREE, JOB_RUNNING, JOB_DONE };

struct job {
	struct jobs *all;
	enum job_state state;
	int64_t number;
	pthread_t thread;	/* to be joined unless JOB_FREE */
	job_fn *run;
	char *arg;
	struct buf result;
	int rc;
	struct err err;
};

struct jobs {
	struct node *node;
	pthread_mutex_t lock;	/* over the states and numbers */
	int64_t last;
	struct job job[JOBS_MAX];
};

int
jobs_open(struct node *node, struct jobs **out, struct err *e)
{
	struct jobs *j = calloc(1, sizeof *j);

	if (j == NULL)
		return err_memory(e);
	j->node = node;
	pthread_mutex_init(&j->lock, NULL);
	*out = j;
	return 0;
}

static void
release(struct job *job)
{
	pthread_join(job->thread, NULL);
	buf_clear(&job->result);
	free(job->arg);
	job->arg = NULL;
	job->state = JOB_FREE;
}

void
jobs_close(struct jobs *j)
{
	size_t i;

	if (j == NULL)
		return;
	for (i = 0; i < JOBS_MAX; i++)
		if (j->job[i].state != JOB_FREE)
			release(&j->job[i]);
	pthread_mutex_destroy(&j->lock);
	free(j);
}

static void *
work(void *arg)
{
	struct job *job = arg;
	struct node *node = job->all->node;
	int rc = job->run(node, job->arg, &job->result, &job->err);

	pthread_mutex_lock(&job->all->lock);
	job->rc = rc;
	job->state = JOB_DONE;
	pthread_mutex_unlock(&job->all->lock);
	node_wake_http(node);
	return NULL;
}

/* A free place, or the oldest result's; NULL when all run. */
static struct job *
find_place(struct jobs *j)
{
	struct job *oldest = NULL;
	size_t i;

	for (i = 0; i < JOBS_MAX; i++) {
		struct job *job = &j->job[i];

		if (job->state == JOB_FREE)
			return job;
		if (job->state == JOB_DONE && (oldest == NULL || job->number < oldest->number))
			oldest = job;
	}
	if (oldest != NULL)
		release(oldest);
	return oldest;
}

int
jobs_start(struct jobs *j, job_fn *run, const char *arg, int64_t *number, struct err *e)
{
	struct job *job;
	int rc = -1;

	pthread_mutex_lock(&j->lock);
	if ((job = find_place(j)) == NULL) {
		err_set(e, ERR_BUSY, "%d jobs are running already", JOBS_MAX);
		goto out;
	}
	*job = (struct job){ .all = j, .run = run, .number = j->last + 1, .state = JOB_RUNNING,
		.result = BUF_INIT(JOB_RESULT_BYTES_MAX), .arg = strdup(arg == NULL ? "" : arg) };
	if (job->arg == NULL || pthread_create(&job->thread, NULL, work, job) != 0) {
		free(job->arg);
		*job = (struct job){ 0 };
		err_memory(e);
		goto out;
	}
	*number = ++j->last;
	rc = 0;
out:
	pthread_mutex_unlock(&j->lock);
	return rc;
}

void
jobs_forget(struct jobs *j, struct span text)
{
	size_t i;

	pthread_mutex_lock(&j->lock);
	for (i = 0; i < JOBS_MAX; i++) {
		struct job *job = &j->job[i];

		if (job->state == JOB_DONE && memmem(job->result.ptr, job->result.len, text.ptr, text.len) != NULL)
			release(job);
	}
	pthread_mutex_unlock(&j->lock);
}

int
jobs_look(struct jobs *j, int64_t number, int *rc, struct err *why, struct buf *result, struct err *e)
{
	int found = -1;
	size_t i;

	pthread_mutex_lock(&j->lock);
	for (i = 0; i < JOBS_MAX && found == -1; i++) {
		struct job *job = &j->job[i];

		if (job->state == JOB_FREE || job->number != number)
			continue;
		found = job->state == JOB_DONE;
		if (found) {
			*rc = job->rc;
			*why = job->err;
			if (buf_addspan(result, buf_span(&job->result), e) == -1)
				found = -2;
		}
	}
	pthread_mutex_unlock(&j->lock);
	if (found == -1)
		return err_set(e, ERR_NOT_FOUND, "there is no job %" PRId64 " any more", number);
	return found == -2 ? -1 : found;
}
