/* Reads 16-bit samples at 8 kHz, prints "number N" for each caller spandsp's ADSI receiver finds
 * (ETSI CLIP, V.23), and at the end "ns N": CPU nanoseconds per sample. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <spandsp.h>

static adsi_rx_state_t *receiver;

static void message(void *user, const uint8_t *bytes, int length)
{
    (void) user;
    int at = -1;
    do {
        uint8_t kind;
        const uint8_t *body;
        int size;
        at = adsi_next_field(receiver, bytes, length, at, &kind, &body, &size);
        if (at > 0 && body && kind == 2)
            printf("number %.*s\n", size, (const char *) body);
    } while (at > 0);
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
    receiver = adsi_rx_init(NULL, ADSI_STANDARD_CLIP, message, NULL);
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (size_t at = 0; at < count; at += 160)
        adsi_rx(receiver, samples + at, count - at < 160 ? (int) (count - at) : 160);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    double ns = (to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec);
    printf("ns %f\n", ns / (count ? count : 1));
    return 0;
}
