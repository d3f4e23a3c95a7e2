/* An output for tests, as an ALSA ioplug plugin ("linetapspeaker"): real alsa-lib on top, no hardware
 * below. What is played is appended to the file `outfile` (16 bit, interleaved) at the pace of
 * CLOCK_MONOTONIC. The file `control` gives cues: "disconnect" (ENODEV, also when opened, until it says
 * something else), anything else: run.
 */
#define _GNU_SOURCE
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct speaker {
	snd_pcm_ioplug_t io;
	char *outfile, *control;
	long rate, channels;
	int running, dead, out;
	uint64_t start, taken;          /* clock at the start; frames handed over since */
};

static uint64_t now_frames(const struct speaker *speaker)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	__uint128_t ns = (__uint128_t)now.tv_sec * 1000000000u + now.tv_nsec;
	return (uint64_t)(ns * (uint64_t)speaker->rate / 1000000000u);
}

static int unplugged(const struct speaker *speaker)
{
	char text[16] = "";
	int fd = speaker->control ? open(speaker->control, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return 0;
	ssize_t got = read(fd, text, sizeof text - 1);
	close(fd);
	return got > 0 && !strncmp(text, "disconnect", 10);
}

static void tick(snd_pcm_ioplug_t *io, uint64_t ns)
{
	struct itimerspec timer = { .it_interval = { 0, ns }, .it_value = { 0, ns } };
	timerfd_settime(io->poll_fd, 0, &timer, NULL);
}

static int speaker_start(snd_pcm_ioplug_t *io)
{
	struct speaker *speaker = io->private_data;
	if (speaker->dead)
		return -ENODEV;
	speaker->start = now_frames(speaker);
	speaker->running = 1;
	return 0;
}

static int speaker_stop(snd_pcm_ioplug_t *io)
{
	struct speaker *speaker = io->private_data;
	speaker->running = 0;
	return 0;
}

static int speaker_prepare(snd_pcm_ioplug_t *io)
{
	struct speaker *speaker = io->private_data;
	speaker->running = 0;
	speaker->taken = 0;
	tick(io, 10000000);
	return speaker->dead ? -ENODEV : 0;
}

static snd_pcm_sframes_t speaker_pointer(snd_pcm_ioplug_t *io)
{
	struct speaker *speaker = io->private_data;
	if (!speaker->dead && unplugged(speaker)) {
		speaker->dead = 1;
		snd_pcm_ioplug_set_state(io, SND_PCM_STATE_DISCONNECTED);
	}
	if (!speaker->running || speaker->dead)
		return 0;
	uint64_t played = now_frames(speaker) - speaker->start;
	if (played > speaker->taken)
		return -EPIPE;          /* the writer was too slow */
	return played % io->buffer_size;
}

static snd_pcm_sframes_t speaker_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
					  snd_pcm_uframes_t offset, snd_pcm_uframes_t frames)
{
	struct speaker *speaker = io->private_data;
	if (speaker->dead)
		return -ENODEV;
	const uint8_t *from = (const uint8_t *)areas[0].addr + areas[0].first / 8 + offset * (areas[0].step / 8);
	size_t bytes = frames * 2 * speaker->channels;
	if (write(speaker->out, from, bytes) != (ssize_t)bytes)
		return -EIO;
	speaker->taken += frames;
	return frames;
}

static int speaker_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned count, unsigned short *revents)
{
	struct speaker *speaker = io->private_data;
	uint64_t expired;
	(void)count;
	*revents = 0;
	if (!(fds->revents & POLLIN))
		return 0;
	if (read(io->poll_fd, &expired, sizeof expired) < 0 && !speaker->dead)
		return 0;
	snd_pcm_sframes_t avail = snd_pcm_avail_update(io->pcm);
	if (speaker->dead || avail < 0)
		*revents = POLLOUT | POLLERR;
	else if ((snd_pcm_uframes_t)avail >= io->period_size)
		*revents = POLLOUT;
	return 0;
}

static int speaker_close(snd_pcm_ioplug_t *io)
{
	struct speaker *speaker = io->private_data;
	close(io->poll_fd);
	if (speaker->out >= 0)
		close(speaker->out);
	free(speaker->outfile);
	free(speaker->control);
	free(speaker);
	return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
	.start = speaker_start, .stop = speaker_stop, .prepare = speaker_prepare, .pointer = speaker_pointer,
	.transfer = speaker_transfer, .poll_revents = speaker_poll_revents, .close = speaker_close,
};

static int read_field(struct speaker *speaker, snd_config_t *field)
{
	const char *id, *text;
	long number;
	if (snd_config_get_id(field, &id) < 0 || !strcmp(id, "comment") || !strcmp(id, "type") || !strcmp(id, "hint"))
		return 0;
	if (!strcmp(id, "outfile") && !snd_config_get_string(field, &text))
		return (speaker->outfile = strdup(text)) ? 0 : -ENOMEM;
	if (!strcmp(id, "control") && !snd_config_get_string(field, &text))
		return (speaker->control = strdup(text)) ? 0 : -ENOMEM;
	if (!strcmp(id, "rate") && !snd_config_get_integer(field, &number))
		return (speaker->rate = number) > 0 ? 0 : -EINVAL;
	if (!strcmp(id, "channels") && !snd_config_get_integer(field, &number))
		return (speaker->channels = number) > 0 ? 0 : -EINVAL;
	SNDERR("linetapspeaker: unknown field %s", id);
	return -EINVAL;
}

static int constrain(struct speaker *speaker)
{
	snd_pcm_ioplug_t *io = &speaker->io;
	unsigned access = SND_PCM_ACCESS_RW_INTERLEAVED, format = SND_PCM_FORMAT_S16_LE;
	unsigned frame = 2 * speaker->channels;
	int err;
	if ((err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 1, &access)) < 0 ||
	    (err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, &format)) < 0 ||
	    (err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, speaker->channels, speaker->channels)) < 0 ||
	    (err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, speaker->rate, speaker->rate)) < 0 ||
	    (err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, frame * 64, frame * 4096)) < 0 ||
	    (err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, frame * 256, frame * 16384)) < 0)
		return err;
	return snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 64);
}

SND_PCM_PLUGIN_DEFINE_FUNC(linetapspeaker)
{
	snd_config_iterator_t at, next;
	struct speaker *speaker = calloc(1, sizeof *speaker);
	int err = speaker ? 0 : -ENOMEM;
	(void)root;
	if (err)
		return err;
	speaker->rate = 8000;
	speaker->channels = 2;
	speaker->out = -1;
	snd_config_for_each(at, next, conf)
		if (!err)
			err = read_field(speaker, snd_config_iterator_entry(at));
	if (!err && (stream != SND_PCM_STREAM_PLAYBACK || !speaker->outfile))
		err = -EINVAL;
	if (!err && unplugged(speaker))
		err = -ENODEV;
	if (!err && (speaker->out = open(speaker->outfile, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) < 0)
		err = -errno;
	if (err) {
		free(speaker->outfile);
		free(speaker->control);
		free(speaker);
		return err;
	}
	speaker->io.version = SND_PCM_IOPLUG_VERSION;
	speaker->io.name = "linetap test output";
	speaker->io.callback = &callbacks;
	speaker->io.private_data = speaker;
	speaker->io.flags = SND_PCM_IOPLUG_FLAG_MONOTONIC;
	speaker->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	speaker->io.poll_events = POLLIN;
	if ((err = snd_pcm_ioplug_create(&speaker->io, name, stream, mode)) < 0) {
		speaker_close(&speaker->io);
		return err;
	}
	if ((err = constrain(speaker)) < 0) {
		snd_pcm_ioplug_delete(&speaker->io);
		return err;
	}
	*pcmp = speaker->io.pcm;
	return 0;
}
SND_PCM_PLUGIN_SYMBOL(linetapspeaker);
