// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// The header is all there is; a target needs a source.
#include "CPrefetch.h"
