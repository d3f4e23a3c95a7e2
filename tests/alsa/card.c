/* A capture card for tests, as an ALSA ioplug plugin ("linetapcard"): real alsa-lib on top, no
 * hardware below.
 *
 * The card's clock counts frames from the start of the machine: frame n is sampled at
 * n / (rate * speed) seconds of CLOCK_MONOTONIC (`ppm` parts of a million less: a crystal that is
 * off), whether the card is open or not. Without an
 * `infile` every frame carries its number, so that a reader can tell each frame and each gap:
 * channel c holds a mix of n and c, channel 0 the low and channel 1 the high bits of n. With an
 * `infile` (raw, interleaved) the file is played in a loop, frame n being n modulo its length.
 *
 * The file `control` gives cues: "run", "xrun K MS" (one overrun for each new K; the restart takes
 * MS milliseconds), "suspend K MS" (the same for a suspend), "disconnect" (ENODEV, also when
 * opened, until it says something else), "stall" (no more frames come, and those that would have
 * come are lost).
 */
#define _GNU_SOURCE
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum cue { RUN, XRUN, SUSPEND, DISCONNECT, STALL };

struct card {
	snd_pcm_ioplug_t io;
	char *infile, *control, *access;
	long rate, channels, speed, ppm;
	snd_pcm_format_t format;
	size_t sample_bytes;
	uint8_t *loop;                  /* infile's contents */
	uint64_t loop_frames;
	int running, dead, stalled;
	uint64_t base;                  /* card's frame at start */
	uint64_t taken;                 /* frames handed over since */
	uint64_t position;              /* frames sampled since, as last told */
	uint64_t held;                  /* frames that a stall swallowed since start */
	uint64_t stalled_at;
	long cue_seen, restart_ms;
};

static uint64_t card_frame(const struct card *card)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	__uint128_t ns = (__uint128_t)now.tv_sec * 1000000000u + now.tv_nsec;
	ns *= (uint64_t)(1000000 + card->ppm);
	return (uint64_t)(ns * (uint64_t)(card->rate * card->speed) / 1000000000000000u);
}

static enum cue read_cue(struct card *card)
{
	char text[64] = "", word[16] = "";
	long number = 0, ms = 0;
	int fd = card->control ? open(card->control, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return RUN;
	ssize_t got = read(fd, text, sizeof text - 1);
	close(fd);
	if (got <= 0)
		return RUN;
	if (!strncmp(text, "disconnect", 10))
		return DISCONNECT;
	if (!strncmp(text, "stall", 5))
		return STALL;
	if (sscanf(text, "%15s %ld %ld", word, &number, &ms) >= 2 && number != card->cue_seen) {
		card->cue_seen = number;
		card->restart_ms = ms;
		return strcmp(word, "suspend") ? XRUN : SUSPEND;
	}
	return RUN;
}

static void tick(snd_pcm_ioplug_t *io, uint64_t ns)
{
	struct itimerspec timer = {
		.it_interval = { ns / 1000000000u, ns % 1000000000u },
		.it_value = { ns / 1000000000u, ns % 1000000000u },
	};
	timerfd_settime(io->poll_fd, 0, &timer, NULL);
}

static void tick_by_period(snd_pcm_ioplug_t *io)
{
	struct card *card = io->private_data;
	uint64_t frames = io->period_size > 4 ? io->period_size / 2 : io->period_size;
	tick(io, frames * 1000000000u / (card->rate * card->speed));
}

static int card_start(snd_pcm_ioplug_t *io)
{
	struct card *card = io->private_data;
	if (card->dead)
		return -ENODEV;
	card->base = card_frame(card);
	card->taken = card->position = card->held = 0;
	card->running = 1;
	card->stalled = 0;
	tick_by_period(io);
	return 0;
}

static int card_stop(snd_pcm_ioplug_t *io)
{
	struct card *card = io->private_data;
	card->running = 0;
	tick(io, 0);
	return 0;
}

static int card_prepare(snd_pcm_ioplug_t *io)
{
	struct card *card = io->private_data;
	card->running = 0;
	if (card->dead)
		return -ENODEV;
	if (card->restart_ms > 0) {
		usleep(card->restart_ms * 1000);
		card->restart_ms = 0;
	}
	return 0;
}

static void stall(struct card *card, int now_stalled, uint64_t sampled)
{
	if (now_stalled && !card->stalled) {
		card->stalled_at = sampled;
		tick(&card->io, 0);     /* else snd_pcm_wait would never time out */
	} else if (!now_stalled && card->stalled) {
		card->held += sampled - card->stalled_at;
		tick_by_period(&card->io);
	}
	card->stalled = now_stalled;
}

static snd_pcm_sframes_t card_pointer(snd_pcm_ioplug_t *io)
{
	struct card *card = io->private_data;
	if (!card->running || card->dead)
		return card->position % io->buffer_size;
	enum cue cue = read_cue(card);
	if (cue == DISCONNECT) {
		/* A negative position would be an overrun to alsa-lib. */
		card->dead = 1;
		snd_pcm_ioplug_set_state(io, SND_PCM_STATE_DISCONNECTED);
		tick(io, 1000000);
		return card->position % io->buffer_size;
	}
	if (cue == XRUN)
		return -EPIPE;
	if (cue == SUSPEND) {
		card->running = 0;
		snd_pcm_ioplug_set_state(io, SND_PCM_STATE_SUSPENDED);
		tick(io, 1000000);
		return card->position % io->buffer_size;
	}
	uint64_t sampled = card_frame(card) - card->base - card->held;
	stall(card, cue == STALL, sampled);
	sampled = card->stalled ? card->stalled_at : card_frame(card) - card->base - card->held;
	if (sampled > card->taken + io->buffer_size)
		return -EPIPE;          /* the reader was too slow: a real overrun */
	card->position = sampled;
	return sampled % io->buffer_size;
}

/* The sample of frame n on channel c, in the low bytes. `tests/alsa/mod.rs` computes the same. */
static uint32_t sample(const struct card *card, uint64_t n, unsigned c)
{
	if (c == 0)
		return (uint32_t)n;
	if (c == 1)
		return (uint32_t)(n >> (8 * card->sample_bytes < 32 ? 8 * card->sample_bytes : 0));
	return (uint32_t)n * 2654435761u + c * 40503u;
}

static void put(const struct card *card, uint8_t *to, uint64_t n, unsigned c)
{
	if (card->loop) {
		size_t frame = n % card->loop_frames;
		memcpy(to, card->loop + (frame * card->channels + c) * card->sample_bytes, card->sample_bytes);
		return;
	}
	uint32_t value = sample(card, n, c);
	for (size_t byte = 0; byte < card->sample_bytes; byte++)
		to[byte] = value >> (8 * byte);
}

static snd_pcm_sframes_t card_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
				       snd_pcm_uframes_t offset, snd_pcm_uframes_t frames)
{
	struct card *card = io->private_data;
	if (card->dead)
		return -ENODEV;
	/* What a stall swallowed lies before everything that is sampled after it. */
	for (snd_pcm_uframes_t at = 0; at < frames; at++)
		for (unsigned c = 0; c < card->channels; c++)
			put(card, (uint8_t *)areas[c].addr + areas[c].first / 8 + (offset + at) * (areas[c].step / 8),
			    card->base + card->held + card->taken + at, c);
	card->taken += frames;
	return frames;
}

static int card_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned count, unsigned short *revents)
{
	struct card *card = io->private_data;
	uint64_t expired;
	(void)count;
	*revents = 0;
	if (!(fds->revents & POLLIN))
		return 0;
	if (read(io->poll_fd, &expired, sizeof expired) < 0 && !card->dead)
		return 0;
	snd_pcm_sframes_t avail = snd_pcm_avail_update(io->pcm);
	if (card->dead || avail < 0 || io->state == SND_PCM_STATE_SUSPENDED)
		*revents = POLLIN | POLLERR;
	else if ((snd_pcm_uframes_t)avail >= io->period_size)
		*revents = POLLIN;
	return 0;
}

static int card_close(snd_pcm_ioplug_t *io)
{
	struct card *card = io->private_data;
	close(io->poll_fd);
	free(card->loop);
	free(card->infile);
	free(card->control);
	free(card->access);
	free(card);
	return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
	.start = card_start, .stop = card_stop, .prepare = card_prepare, .pointer = card_pointer,
	.transfer = card_transfer, .poll_revents = card_poll_revents, .close = card_close,
};

static int read_field(struct card *card, snd_config_t *field)
{
	const char *id, *text;
	long number;
	if (snd_config_get_id(field, &id) < 0 || !strcmp(id, "comment") || !strcmp(id, "type") || !strcmp(id, "hint"))
		return 0;
	if (!strcmp(id, "infile") && !snd_config_get_string(field, &text))
		return (card->infile = strdup(text)) ? 0 : -ENOMEM;
	if (!strcmp(id, "control") && !snd_config_get_string(field, &text))
		return (card->control = strdup(text)) ? 0 : -ENOMEM;
	if (!strcmp(id, "access") && !snd_config_get_string(field, &text))
		return (card->access = strdup(text)) ? 0 : -ENOMEM;
	if (!strcmp(id, "format") && !snd_config_get_string(field, &text))
		return (card->format = snd_pcm_format_value(text)) < 0 ? -EINVAL : 0;
	if (!strcmp(id, "rate") && !snd_config_get_integer(field, &number))
		return (card->rate = number) > 0 ? 0 : -EINVAL;
	if (!strcmp(id, "channels") && !snd_config_get_integer(field, &number))
		return (card->channels = number) > 0 ? 0 : -EINVAL;
	if (!strcmp(id, "speed") && !snd_config_get_integer(field, &number))
		return (card->speed = number) > 0 ? 0 : -EINVAL;
	if (!strcmp(id, "ppm") && !snd_config_get_integer(field, &number))
		return (card->ppm = number) > -1000000 ? 0 : -EINVAL;
	SNDERR("linetapcard: unknown field %s", id);
	return -EINVAL;
}

static int load(struct card *card)
{
	size_t frame_bytes = card->sample_bytes * card->channels;
	if (!card->infile)
		return 0;
	FILE *file = fopen(card->infile, "rb");
	if (!file)
		return -ENOENT;
	fseek(file, 0, SEEK_END);
	card->loop_frames = ftell(file) / frame_bytes;
	rewind(file);
	card->loop = card->loop_frames ? malloc(card->loop_frames * frame_bytes) : NULL;
	int bad = !card->loop || fread(card->loop, frame_bytes, card->loop_frames, file) != card->loop_frames;
	fclose(file);
	return bad ? -EIO : 0;
}

static int constrain(struct card *card)
{
	snd_pcm_ioplug_t *io = &card->io;
	unsigned accesses[4], count = 0, format = card->format;
	unsigned frame_bytes = card->sample_bytes * card->channels;
	const char *wanted = card->access ? card->access : "interleaved mmap planar";
	int err;
	if (strstr(wanted, "interleaved"))
		accesses[count++] = SND_PCM_ACCESS_RW_INTERLEAVED;
	if (strstr(wanted, "mmap"))
		accesses[count++] = SND_PCM_ACCESS_MMAP_INTERLEAVED;
	if (strstr(wanted, "planar"))
		accesses[count++] = SND_PCM_ACCESS_RW_NONINTERLEAVED;
	if ((err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, count, accesses)) < 0 ||
	    (err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, &format)) < 0 ||
	    (err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, card->channels, card->channels)) < 0 ||
	    (err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, card->rate, card->rate)) < 0 ||
	    (err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, frame_bytes * 8, 1 << 20)) < 0 ||
	    (err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, frame_bytes * 16, 8 << 20)) < 0)
		return err;
	return snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 1024);
}

SND_PCM_PLUGIN_DEFINE_FUNC(linetapcard)
{
	snd_config_iterator_t at, next;
	struct card *card = calloc(1, sizeof *card);
	int err = card ? 0 : -ENOMEM;
	(void)root;
	if (err)
		return err;
	card->rate = 8000;
	card->channels = 2;
	card->speed = 1;
	card->format = SND_PCM_FORMAT_S16_LE;
	snd_config_for_each(at, next, conf)
		if (!err)
			err = read_field(card, snd_config_iterator_entry(at));
	card->sample_bytes = snd_pcm_format_physical_width(card->format) / 8;
	if (!err && stream != SND_PCM_STREAM_CAPTURE)
		err = -EINVAL;
	card->cue_seen = -1;
	if (!err && read_cue(card) == DISCONNECT)
		err = -ENODEV;          /* still unplugged */
	card->restart_ms = 0;
	if (!err)
		err = load(card);
	if (err) {
		free(card->loop);
		free(card->infile);
		free(card->control);
		free(card->access);
		free(card);
		return err;
	}
	card->io.version = SND_PCM_IOPLUG_VERSION;
	card->io.name = "linetap test card";
	card->io.callback = &callbacks;
	card->io.private_data = card;
	card->io.flags = SND_PCM_IOPLUG_FLAG_MONOTONIC;
	card->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	card->io.poll_events = POLLIN;
	if ((err = snd_pcm_ioplug_create(&card->io, name, stream, mode)) < 0) {
		card_close(&card->io);
		return err;
	}
	if ((err = constrain(card)) < 0) {
		snd_pcm_ioplug_delete(&card->io);
		return err;
	}
	*pcmp = card->io.pcm;
	return 0;
}
SND_PCM_PLUGIN_SYMBOL(linetapcard);
