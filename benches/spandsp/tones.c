/* Reads 16-bit samples at 8 kHz, prints "tone NAME" each time spandsp's super tone receiver is
 * sure of one (425 Hz: dial, ringback 1/4, busy 0.5/0.5), and at the end "ns N": CPU nanoseconds
 * per sample. Tolerances as wide as ours: 15 % and 30 ms. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <spandsp.h>

static const char *names[] = {"dial", "ringback", "busy"};

static void told(void *user, int code, int level, int delay)
{
    (void) user;
    (void) level;
    (void) delay;
    if (code >= 0 && code < 3)
        printf("tone %s\n", names[code]);
}

int main(void)
{
    size_t room = 1 << 16, count = 0, got;
    int16_t *samples = malloc(room * sizeof *samples);
    while (samples && (got = fread(samples + count, sizeof *samples, room - count, stdin)) > 0) {
        count += got;
        if (count == room)
            samples = realloc(samples, (room *= 2) * sizeof *samples);
    }
    super_tone_rx_descriptor_t *plan = super_tone_rx_make_descriptor(NULL);
    int dial = super_tone_rx_add_tone(plan);
    super_tone_rx_add_element(plan, dial, 425, 0, 1180, 0);
    int ringback = super_tone_rx_add_tone(plan);
    super_tone_rx_add_element(plan, ringback, 425, 0, 820, 1180);
    super_tone_rx_add_element(plan, ringback, 0, 0, 3370, 4630);
    int busy = super_tone_rx_add_tone(plan);
    super_tone_rx_add_element(plan, busy, 425, 0, 395, 605);
    super_tone_rx_add_element(plan, busy, 0, 0, 395, 605);
    super_tone_rx_state_t *receiver = super_tone_rx_init(NULL, plan, told, NULL);
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (size_t at = 0; at < count; at += 160)
        super_tone_rx(receiver, samples + at, count - at < 160 ? (int) (count - at) : 160);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    double ns = (to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec);
    printf("ns %f\n", ns / (count ? count : 1));
    return 0;
}
