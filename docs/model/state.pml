/* Parameters, variables and conditions. Included by configuration.pml. */

/* --- parameters: bounds of an instance --- */
#ifndef N
#define N 3                        /* replicas, 2 to 4 */
#endif
#ifndef BLOCKS
#define BLOCKS 1                   /* 1 or 2 */
#endif
#ifndef WRITES
#define WRITES 2                   /* writes of clients, all blocks together */
#endif
#ifndef CHANGES
#define CHANGES 3                  /* changes of configuration */
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef START
#define START (bit(N) - 1)         /* the in-sync set at the start; has 0, the first primary */
#endif
#ifndef DISKS
#define DISKS 0                    /* ADMIN: disks replaced by blank ones */
#endif
#ifndef FORCES
#define FORCES 0                   /* ADMIN: 1 = a promotion may be forced */
#endif

#define bit(n)      (1 << (n))
#define has(m, n)   (((m) >> (n)) & 1)
#define at(n, b)    ((n) * BLOCKS + (b))
#define map(n, o)   ((n) * N + (o))
#define link(i, j, b)  (((i) * N + (j)) * BLOCKS + (b))
#define EVERY       (bit(BLOCKS) - 1)
#define EVERYBODY   (bit(N) - 1)
#define GARBAGE     7              /* what a blank disk holds: no client ever wrote it */
#define say(text, p, q)  printf(text, p, q)

/* --- the arbiter's register --- */
byte aE = 1, aP = 0, aS = START;   /* epoch, primary, in-sync set */
#ifdef ADMIN
byte aM = bit(N) - 1;              /* the replicas that the resource has */
#else
#define aM (bit(N) - 1)
#endif
#ifdef HANDOVER
bit  aH;                           /* the last change was a hand-over (the record's reign tag tells the target) */
#endif

/* --- on each replica's disk --- */
byte kE[N], kP[N], kS[N];          /* the newest configuration that it adopted */
byte v[N*BLOCKS];                  /* its copy: the version of each block */
#ifdef LOG
byte al[N];                        /* activity log: mask of blocks */
byte dm[N*N];                      /* dirty maps: dm[map(n, o)] = blocks that n knows o to lack */
#endif
#ifdef ADMIN
byte kM[N];
byte de[N];                        /* data epoch: the newest adopted epoch in whose set it was */
bit  blank[N];                     /* the disk is blank or holds a first sync not yet finished */
byte branch[N];                    /* 1: its copy stems from the forced reign */
#endif

/* --- in each replica's memory (gone with the incarnation) --- */
bit  acting[N];                    /* acts as the primary of its kE */
bit  forgot[N];                    /* it forgot the promise behind its grant (only with BUG_RESTART_FORGETS_PROMISE) */
byte held[N];                      /* at a primary: whose grants it holds */
byte todo[N];                      /* at a primary: members not yet settled */
byte pend[N];                      /* at a primary: set of a change whose outcome it does not know, 0 = none */
byte w[N*BLOCKS], conf[N*BLOCKS];  /* at a primary: the write in flight, and who confirmed it */
#ifdef LOG
byte rc[N];                        /* recent writes: blocks above the all-confirmed watermark */
byte ses[N];                       /* at a primary: absent replicas that it is bringing level, their logs taken */
byte rdy[N];                       /* at a primary: absent replicas that were level, and flushed, in this epoch */
#endif
#ifdef HANDOVER
byte stop[N];                      /* at a primary: 1 + target of the hand-over for which it stopped serving */
bit  agreed[N];                    /* it agreed to be the target of a hand-over */
#else
byte stop[N];
#endif
#ifdef ADMIN
byte adopt[N];                     /* at a primary: members known to have adopted its epoch */
#endif
#ifdef ARBITER_AWAY
byte asked[N];                     /* 1: it asked to be promoted; 2: it learnt that it is */
#endif

/* --- the network --- */
byte m[N*N*BLOCKS];                /* a write of an older epoch, or of a dead primary, still travelling: epoch * 8 + version */
#ifdef ARBITER_AWAY
byte rP[N], rS[N];                 /* a request on its way to the arbiter, 0 = none; it may be repeated, late, or never arrive */
#ifdef ADMIN
byte rM[N];
#endif
#ifdef HANDOVER
bit  rH[N];
#endif
#endif

#ifdef POWER
byte fl[N*BLOCKS];                 /* what is on stable storage */
bit  lost[N];                      /* a new incarnation that nobody brought back yet */
byte pw[BLOCKS];                   /* clients' view: versions that may be there after a loss of power everywhere */
#endif

/* --- clients' view, and counters that bound the instance --- */
byte may[BLOCKS];                  /* versions that a read may return now */
byte ver[BLOCKS], crashes;
#ifdef ADMIN
byte disks, victim;
bit  forced;
byte forcedOn;                     /* data epoch that the forced reign was based on (in the history of reigns) */
byte base[BLOCKS];                 /* the versions that it began with */
byte acks[N*BLOCKS];               /* per replica: versions acknowledged outside of the forced reign while it was in the set */
#endif

byte i, j, b;                      /* the choice of this turn; 0 between turns */
byte x, y, z;                      /* scratch of one turn; 0 between turns */

/* --- conditions --- */
#ifdef ADMIN
#define blanked(n)       blank[n]
#define known(n)         kM[n]
#define adopted(p, n)    has(adopt[p], n)
#define adopts(p, n)     adopt[p] = adopt[p] | bit(n)
#define all_adopted(p)   (BUG_ACK_BEFORE_ADOPTION || ((adopt[p] | bit(p)) & kS[p]) == kS[p])
#define split(p, n)      (!BUG_FORCE_MERGES && branch[p] == 1 && branch[n] == 0 && de[n] > forcedOn && !has(victim, n))
#define admitted(p, n)   (has(kM[p], n) && !split(p, n))
#define mine(p)          (branch[p] == forced)
#else
#define blanked(n)       false
#define known(n)         EVERYBODY
#define adopted(p, n)    true
#define adopts(p, n)     skip
#define all_adopted(p)   true
#define admitted(p, n)   true
#define mine(p)          true
#endif
#ifdef POWER
#define whole(n)         (!lost[n] && !blanked(n))
#define gone(n, p)       ((n) == (p) || !has(aS, n) || !whole(n))
#ifdef UNREACHABLE
#define unanswered(p)    true      /* members that kept their memory are cut off for longer than the stated time */
#else
#define unanswered(p)    (gone(0, p) && gone(1, p) && gone(N-2, p) && gone(N-1, p))
#endif
#define written_out(n, b)  (fl[at(n, b)] == v[at(n, b)])
#define flushable(n, p)  (!has(kS[p] | awaited(p), n) || (kE[n] == kE[p] && (BUG_LOST_MEMBER_CONFIRMS || whole(n))))
#else
#define whole(n)         (!blanked(n))
#define unanswered(p)    false
#define written_out(n, b)  true
#endif
#ifdef ARBITER_AWAY
#define may_ask(n)       (asked[n] == 0 && kE[n] == aE)
#else
#define may_ask(n)       true
#endif

/* A replica that gave a grant is bound by its promise at least for as long as the grant is held. That it may be bound a little
 * longer only delays it, and shows nothing new. So does a replica that is down: it is one that does nothing. */
#define holder(p, n)     has(held[p], n)
#define promised(n)      (!forgot[n] && (holder(0, n) || holder(1, n) || holder(N-2, n) || holder(N-1, n)))
#define broken(n)        forgot[n] = BUG_RESTART_FORGETS_PROMISE
#define unbreak(n)       forgot[n] = 0

/* While an answer of the arbiter is outstanding, the old and the possible new set both hold: for grants, for confirmations. */
#define granters(p)      ((kS[p] | (BUG_PENDING_NEEDS_NO_GRANT -> 0 : pend[p])) & ~bit(p))
#define awaited(p)       (BUG_PENDING_NEEDS_NO_CONFIRMATION -> 0 : pend[p])
#define settled(p)       (BUG_NO_SETTLE || todo[p] == 0)
#define granted(p)       (BUG_SERVE_WITHOUT_GRANT || (held[p] & granters(p)) == granters(p))
#define acknowledges(p)  (acting[p] && settled(p) && granted(p) && all_adopted(p))
#define serves(p)        (acting[p] && settled(p) && granted(p) && (stop[p] == 0 || BUG_HANDOVER_KEEPS_SERVING))
#define two_serve(p, q)  ((p) != (q) && serves(p) && serves(q) && mine(p) && mine(q))
/* may ask the arbiter for a change: one at a time, from the newest configuration */
#define changer(p)       (acting[p] && kE[p] == aE && aE <= CHANGES && pend[p] == 0)
#define carries(p, n)    ((m[link(p, n, 0)] | m[link(p, n, BLOCKS-1)]) != 0)
#define travelling(n)    (carries(0, n) || carries(1, n) || carries(N-2, n) || carries(N-1, n))
#define idle(p)          (w[at(p, 0)] == 0 && w[at(p, BLOCKS-1)] == 0)
#define same(p, n)       (v[at(p, 0)] == v[at(n, 0)] && v[at(p, BLOCKS-1)] == v[at(n, BLOCKS-1)])
#ifdef LOG
#define ready(p, n)      (has(rdy[p], n) && dm[map(p, n)] == 0)
#else
#define ready(p, n)      (same(p, n) && whole(n) && (BUG_JOIN_WITHOUT_FLUSH || (written_out(n, 0) && written_out(n, BLOCKS-1))))
#endif
#define legal(p, b)      (!mine(p) || (has(may[b], v[at(p, b)]) && v[at(p, b)] != GARBAGE))
