/* What a recorder made of spandsp and libFLAC costs, for benches/pipeline.rs.
 *   pipeline CHANNELS FILE...   CPU ns per channel-sample
 * FILE: signed 16 bit, host order, CHANNELS interleaved at 8 kHz; one state of DTMF, three tones,
 * caller ID (CLIP) and FLAC level 5 per channel and file. Blocks of 160 samples, as a card gives.
 * The encoded bytes are counted and thrown away: no file, no index, no call machine.
 * cc -O2 -o pipeline pipeline.c -lspandsp -lFLAC -lm */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <spandsp.h>
#include <FLAC/stream_encoder.h>

enum { BLOCK = 160 };

typedef struct {
    dtmf_rx_state_t *dtmf;
    super_tone_rx_state_t *tones;
    adsi_rx_state_t *caller;
    FLAC__StreamEncoder *flac;
} line_t;

static size_t encoded;

static void on_tone(void *user, int code, int level, int delay)
{
    (void)user; (void)code; (void)level; (void)delay;
}

static void on_message(void *user, const uint8_t *message, int length)
{
    (void)user; (void)message; (void)length;
}

static FLAC__StreamEncoderWriteStatus on_bytes(const FLAC__StreamEncoder *encoder,
    const FLAC__byte bytes[], size_t count, uint32_t samples, uint32_t frame, void *user)
{
    (void)encoder; (void)bytes; (void)samples; (void)frame; (void)user;
    encoded += count;
    return FLAC__STREAM_ENCODER_WRITE_STATUS_OK;
}

static super_tone_rx_descriptor_t *plan(void)
{
    super_tone_rx_descriptor_t *all = super_tone_rx_make_descriptor(NULL);
    int tone = super_tone_rx_add_tone(all);
    super_tone_rx_add_element(all, tone, 425, -1, 700, 0);
    tone = super_tone_rx_add_tone(all);
    super_tone_rx_add_element(all, tone, 425, -1, 900, 1100);
    super_tone_rx_add_element(all, tone, -1, -1, 3600, 4400);
    tone = super_tone_rx_add_tone(all);
    super_tone_rx_add_element(all, tone, 425, -1, 450, 550);
    super_tone_rx_add_element(all, tone, -1, -1, 450, 550);
    return all;
}

static void begin(line_t *line)
{
    line->dtmf = dtmf_rx_init(NULL, NULL, NULL);
    line->tones = super_tone_rx_init(NULL, plan(), on_tone, NULL);
    line->caller = adsi_rx_init(NULL, ADSI_STANDARD_CLIP, on_message, NULL);
    line->flac = FLAC__stream_encoder_new();
    FLAC__stream_encoder_set_channels(line->flac, 1);
    FLAC__stream_encoder_set_bits_per_sample(line->flac, 16);
    FLAC__stream_encoder_set_sample_rate(line->flac, 8000);
    FLAC__stream_encoder_set_compression_level(line->flac, 5);
    FLAC__stream_encoder_set_blocksize(line->flac, 2000);
    if (FLAC__stream_encoder_init_stream(line->flac, on_bytes, NULL, NULL, NULL, NULL))
        exit(1);
}

static void take(line_t *line, const int16_t *frames, int channels)
{
    int16_t audio[BLOCK];
    FLAC__int32 wide[BLOCK];
    char digits[129];
    for (int at = 0; at < BLOCK; at++)
        wide[at] = audio[at] = frames[at * channels];
    dtmf_rx(line->dtmf, audio, BLOCK);
    dtmf_rx_get(line->dtmf, digits, 128);
    super_tone_rx(line->tones, audio, BLOCK);
    adsi_rx(line->caller, audio, BLOCK);
    if (!FLAC__stream_encoder_process_interleaved(line->flac, wide, BLOCK))
        exit(1);
}

int main(int argc, char **argv)
{
    int channels = argc > 2 ? atoi(argv[1]) : 0, files = argc - 2;
    if (channels < 1)
        return 2;
    line_t *lines = calloc((size_t)channels * files, sizeof *lines);
    FILE **inputs = calloc(files, sizeof *inputs);
    int16_t *frames = malloc(sizeof *frames * BLOCK * channels);
    for (int file = 0; file < files; file++)
        if (!(inputs[file] = fopen(argv[2 + file], "rb")))
            return 1;
    for (int line = 0; line < channels * files; line++)
        begin(&lines[line]);
    struct timespec from, to;
    double samples = 0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (int more = 1; more;)
        for (int file = 0; file < files; file++) {
            if (fread(frames, sizeof *frames * channels, BLOCK, inputs[file]) != BLOCK) {
                more = 0;
                continue;
            }
            for (int channel = 0; channel < channels; channel++)
                take(&lines[file * channels + channel], frames + channel, channels);
            samples += (double)BLOCK * channels;
        }
    for (int line = 0; line < channels * files; line++)
        FLAC__stream_encoder_finish(lines[line].flac);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    printf("%.3f\n", ((to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec)) / samples);
    return encoded == 0;
}
