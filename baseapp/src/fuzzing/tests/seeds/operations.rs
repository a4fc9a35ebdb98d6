//! Operations: on a link, on a file.

use super::Seeds;

/// Operations, see the target: 0 sends, 16 asks, 32 sends many, 36 flushes, 52
/// reads, 68 handles, 88 looks; with 128, the other end does. From 120 on a
/// life ends.
pub(super) fn link(seeds: &mut Seeds) {
    let mut seed = |name, bytes: &[u8]| seeds.push(("link", name, bytes.to_vec()));
    seed(
        "talk",
        &[
            1, 0, 1, 16, 5, 2, 38, 2, 180, 196, 252, 166, 2, 52, 88, 0, 212, 166, 2, 52,
        ],
    );
    seed(
        "window",
        &[
            1, 32, 255, 32, 255, 32, 255, 38, 2, 180, 180, 196, 252, 166, 2, 52, 1, 0xff,
        ],
    );
    // Three of more than 1 MiB, of which two find room; one is handled, and makes some.
    let mut few = [&[1][..], &[0, 0xfd, 38, 2].repeat(3), &[180; 60], &[196, 1]].concat();
    few.extend([166, 2, 52, 0, 0xfd, 0, 1]);
    seed("few", &few);
    seed(
        "queue",
        &[0, 0, 3, 38, 2, 180, 196, 252, 128, 3, 166, 2, 52],
    );
    seed(
        "dies",
        &[
            1, 0, 1, 16, 5, 2, 16, 9, 4, 38, 2, 180, 196, 4, 120, 1, 0, 1, 0, 38, 2, 180,
        ],
    );
    seed(
        "returns",
        &[
            1, 16, 5, 2, 16, 9, 4, 0, 1, 126, 38, 2, 180, 196, 252, 166, 2, 52, 88, 0,
        ],
    );
    seed("hostile-ack", &[1, 0, 1, 38, 2, 234, 200, 3, 0, 52]);
    seed("hostile-reply", &[1, 16, 5, 2, 234, 208, 7, 52, 88, 0]);
    // 34 times 32 KiB without credit, each read at once.
    let flood = [106, 0, 19, 0xfe, 180].repeat(34);
    seed("flood", &[&[1], &flood[..]].concat());
    seed("ends", &[1, 16, 1, 2, 105, 180, 100, 3, 88, 0, 102, 38, 2]);
}

/// Operations, see the target: what, where, and what with.
pub(super) fn queue_file(seeds: &mut Seeds) {
    let mut seed = |name, bytes: &[u8]| seeds.push(("queue_file", name, bytes.to_vec()));
    seed("crashed", &[0]);
    seed("closed", &[1]);
    seed("flipped", &[0, 0, 40, 17, 0, 0, 3]);
    seed("header", &[1, 0x80, 9, 16, 0, 0, 0]);
    seed("note", &[1, 0x82, 0, 2, 0, 0, 9]);
    seed("cut", &[0, 4, 0, 48, 0, 0]);
    seed("page", &[1, 5, 0, 80, 0, 0, 0, 6, 0, 64, 0, 0, 0, 80, 0, 0]);
    // More regions than any file has: 2^64 bytes.
    seed(
        "regions",
        &[0, 3, 24, 16, 0, 0, 8, 255, 255, 255, 255, 255, 255, 15, 0],
    );
    seed("longer", &[1, 7, 0, 0, 0, 0, 9]);
    seed(
        "overwritten",
        &[0, 3, 0, 64, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8],
    );
}
