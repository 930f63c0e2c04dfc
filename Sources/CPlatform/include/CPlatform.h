// What the platform offers and Swift's Glibc module does not: see each header's comment.
#ifndef OTTLA_CPLATFORM_H
#define OTTLA_CPLATFORM_H

#endif
