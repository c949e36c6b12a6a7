// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// The processor's instruction for CRC32C, which Swift has no name for.

#ifndef BOXOFFICE_CCHECKSUM_H
#define BOXOFFICE_CCHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether this processor has the instruction. Ask once.
bool box_office_has_crc32c(void);

/// Goes on with a checksum (not inverted, before or after) over `count` bytes. Only where the processor has the
/// instruction: without it this ends the process.
uint32_t box_office_crc32c(uint32_t state, const void *bytes, size_t count);

#endif
