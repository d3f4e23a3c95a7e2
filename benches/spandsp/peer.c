/* spandsp's receivers on a file of ours, for benches/signal.rs.
 *   peer decide FILE        one line "sample digit" per DTMF digit, when it could first be read
 *   peer time WHAT FILE     CPU ns per sample, median of five; WHAT = dtmf | tones | cid
 * FILE: signed 16 bit, host order, one channel at 8 kHz. Blocks of 160 samples, as a card gives.
 * cc -O2 -o peer peer.c -lspandsp -lm */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <spandsp.h>

enum { BLOCK = 160, RUNS = 5 };

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void on_tone(void *user, int code, int level, int delay)
{
    (void)user; (void)code; (void)level; (void)delay;
}

static void on_message(void *user, const uint8_t *message, int length)
{
    (void)user; (void)message; (void)length;
}

/* Dial tone, ringback and busy tone of the Polish plan. */
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

static void decide(const int16_t *samples, long count)
{
    dtmf_rx_state_t *dtmf = dtmf_rx_init(NULL, NULL, NULL);
    char digits[129];
    for (long at = 0; at < count; at += BLOCK) {
        long length = count - at < BLOCK ? count - at : BLOCK;
        dtmf_rx(dtmf, samples + at, (int)length);
        size_t found = dtmf_rx_get(dtmf, digits, 128);
        for (size_t i = 0; i < found; i++)
            printf("%ld %c\n", at + length, digits[i]);
    }
}

static double once(const char *what, const int16_t *samples, long count)
{
    dtmf_rx_state_t *dtmf = dtmf_rx_init(NULL, NULL, NULL);
    super_tone_rx_state_t *tones = super_tone_rx_init(NULL, plan(), on_tone, NULL);
    adsi_rx_state_t *cid = adsi_rx_init(NULL, ADSI_STANDARD_CLIP, on_message, NULL);
    char digits[129];
    double start = cpu();
    for (long at = 0; at + BLOCK <= count; at += BLOCK) {
        if (what[0] == 'd') {
            dtmf_rx(dtmf, samples + at, BLOCK);
            dtmf_rx_get(dtmf, digits, 128);
        } else if (what[0] == 't')
            super_tone_rx(tones, samples + at, BLOCK);
        else
            adsi_rx(cid, samples + at, BLOCK);
    }
    return (cpu() - start) * 1e9 / count;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    FILE *file = fopen(argv[argc - 1], "rb");
    if (!file || fseek(file, 0, SEEK_END))
        return 1;
    long count = ftell(file) / 2;
    int16_t *samples = malloc(2 * count + 2);
    rewind(file);
    if (!samples || fread(samples, 2, count, file) != (size_t)count)
        return 1;
    if (!strcmp(argv[1], "decide")) {
        decide(samples, count);
        return 0;
    }
    double ns[RUNS];
    for (int run = 0; run < RUNS; run++)
        ns[run] = once(argv[2], samples, count);
    qsort(ns, RUNS, sizeof *ns, rising);
    printf("%.3f\n", ns[RUNS / 2]);
    return 0;
}
