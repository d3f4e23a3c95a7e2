/* A card's mixer for tests, as an ALSA external control plugin ("linetapmixer"): real alsa-lib on top, no
 * hardware below. The file `state` is the card, a control a line:
 *
 *   KIND RANGE MANNER VALUES NAME
 *
 * KIND is `int`, `bool` or `enum`; RANGE is `MIN-MAX`, or for `enum` the choices `ONE|OTHER`; VALUES one number
 * a channel, `3,3`. MANNER is what becomes of a value that is written: `takes` it, `ignores` it and says
 * nothing, takes it on the first channel only (`half`), or `refuses` it with an error.
 */
#include <alsa/asoundlib.h>
#include <alsa/control_external.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTROLS = 16, CHANNELS = 8 };

struct control {
	char kind[8], range[64], manner[16], name[64];
	long values[CHANNELS];
	unsigned channels;
};

struct mixer {
	snd_ctl_ext_t ext;
	char *state;
	struct control controls[CONTROLS];
	unsigned count;
};

static int load(struct mixer *mixer)
{
	char values[64];
	FILE *file = fopen(mixer->state, "r");
	if (!file)
		return -ENODEV;
	for (mixer->count = 0; mixer->count < CONTROLS; mixer->count++) {
		struct control *c = &mixer->controls[mixer->count];
		if (fscanf(file, "%7s %63s %15s %63s %63[^\n]", c->kind, c->range, c->manner, values, c->name) != 5)
			break;
		c->channels = 0;
		for (char *at = strtok(values, ","); at && c->channels < CHANNELS; at = strtok(NULL, ","))
			c->values[c->channels++] = atol(at);
	}
	fclose(file);
	return mixer->count ? 0 : -EINVAL;
}

static int store(const struct mixer *mixer)
{
	FILE *file = fopen(mixer->state, "w");
	if (!file)
		return -EIO;
	for (unsigned at = 0; at < mixer->count; at++) {
		const struct control *c = &mixer->controls[at];
		fprintf(file, "%s %s %s ", c->kind, c->range, c->manner);
		for (unsigned channel = 0; channel < c->channels; channel++)
			fprintf(file, "%s%ld", channel ? "," : "", c->values[channel]);
		fprintf(file, " %s\n", c->name);
	}
	return fclose(file) ? -EIO : 0;
}

static struct control *of(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key)
{
	return &((struct mixer *)ext->private_data)->controls[key];
}

static int elem_count(snd_ctl_ext_t *ext)
{
	return ((struct mixer *)ext->private_data)->count;
}

static int elem_list(snd_ctl_ext_t *ext, unsigned offset, snd_ctl_elem_id_t *id)
{
	snd_ctl_elem_id_set_interface(id, SND_CTL_ELEM_IFACE_MIXER);
	snd_ctl_elem_id_set_name(id, of(ext, offset)->name);
	return 0;
}

static snd_ctl_ext_key_t find_elem(snd_ctl_ext_t *ext, const snd_ctl_elem_id_t *id)
{
	for (int at = 0; at < elem_count(ext); at++)
		if (!strcmp(of(ext, at)->name, snd_ctl_elem_id_get_name(id)))
			return at;
	return SND_CTL_EXT_KEY_NOT_FOUND;
}

static int get_attribute(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int *type, unsigned *acc, unsigned *count)
{
	const struct control *c = of(ext, key);
	*type = !strcmp(c->kind, "enum") ? SND_CTL_ELEM_TYPE_ENUMERATED :
		!strcmp(c->kind, "bool") ? SND_CTL_ELEM_TYPE_BOOLEAN : SND_CTL_ELEM_TYPE_INTEGER;
	*acc = SND_CTL_EXT_ACCESS_READWRITE;
	*count = c->channels;
	return 0;
}

static int get_integer_info(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *low, long *high, long *step)
{
	*step = 1;
	return sscanf(of(ext, key)->range, "%ld-%ld", low, high) == 2 ? 0 : -EINVAL;
}

static int get_enumerated_info(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned *items)
{
	*items = 1;
	for (const char *at = of(ext, key)->range; *at; at++)
		*items += *at == '|';
	return 0;
}

static int get_enumerated_name(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned item, char *name, size_t most)
{
	const char *from = of(ext, key)->range;
	while (item && (from = strchr(from, '|'))) {
		from++;
		item--;
	}
	if (!from)
		return -EINVAL;
	snprintf(name, most, "%.*s", (int)strcspn(from, "|"), from);
	return 0;
}

static int read_integer(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
	memcpy(value, of(ext, key)->values, of(ext, key)->channels * sizeof *value);
	return 0;
}

static int read_enumerated(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned *items)
{
	for (unsigned channel = 0; channel < of(ext, key)->channels; channel++)
		items[channel] = of(ext, key)->values[channel];
	return 0;
}

static int write_integer(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
	struct control *c = of(ext, key);
	if (!strcmp(c->manner, "refuses"))
		return -EPERM;
	unsigned taken = !strcmp(c->manner, "ignores") ? 0 : !strcmp(c->manner, "half") ? 1 : c->channels;
	memcpy(c->values, value, taken * sizeof *value);
	int err = store(ext->private_data);
	return err < 0 ? err : 1;
}

static int write_enumerated(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned *items)
{
	long values[CHANNELS];
	for (unsigned channel = 0; channel < of(ext, key)->channels; channel++)
		values[channel] = items[channel];
	return write_integer(ext, key, values);
}

/* Drivers need not tell of changes; this one never does. */
static int read_event(snd_ctl_ext_t *ext, snd_ctl_elem_id_t *id, unsigned *mask)
{
	(void)ext;
	(void)id;
	(void)mask;
	return -EAGAIN;
}

static void mixer_close(snd_ctl_ext_t *ext)
{
	struct mixer *mixer = ext->private_data;
	free(mixer->state);
	free(mixer);
}

static const snd_ctl_ext_callback_t callbacks = {
	.close = mixer_close, .elem_count = elem_count, .elem_list = elem_list, .find_elem = find_elem,
	.get_attribute = get_attribute, .get_integer_info = get_integer_info,
	.get_enumerated_info = get_enumerated_info, .get_enumerated_name = get_enumerated_name,
	.read_integer = read_integer, .read_enumerated = read_enumerated,
	.write_integer = write_integer, .write_enumerated = write_enumerated, .read_event = read_event,
};

SND_CTL_PLUGIN_DEFINE_FUNC(linetapmixer)
{
	snd_config_iterator_t at, next;
	struct mixer *mixer = calloc(1, sizeof *mixer);
	const char *id, *text;
	int err = mixer ? 0 : -ENOMEM;
	(void)root;
	if (err)
		return err;
	snd_config_for_each(at, next, conf) {
		snd_config_t *field = snd_config_iterator_entry(at);
		if (snd_config_get_id(field, &id) >= 0 && !strcmp(id, "state") && !snd_config_get_string(field, &text))
			mixer->state = strdup(text);
	}
	err = mixer->state ? load(mixer) : -EINVAL;
	if (!err) {
		mixer->ext.version = SND_CTL_EXT_VERSION;
		strcpy(mixer->ext.id, "linetap");
		strcpy(mixer->ext.driver, "linetap");
		strcpy(mixer->ext.name, "linetap test mixer");
		strcpy(mixer->ext.longname, "linetap test mixer");
		strcpy(mixer->ext.mixername, "linetap test mixer");
		mixer->ext.poll_fd = -1;
		mixer->ext.callback = &callbacks;
		mixer->ext.private_data = mixer;
		err = snd_ctl_ext_create(&mixer->ext, name, mode);
	}
	if (err < 0) {
		free(mixer->state);
		free(mixer);
		return err;
	}
	*handlep = mixer->ext.handle;
	return 0;
}
SND_CTL_PLUGIN_SYMBOL(linetapmixer);
