/* What a step does. All of these are deterministic and run inside one d_step. Included by configuration.pml. */

inline travel(n) {                 /* n's writes in flight stay on their links when n changes its epoch or dies */
  y = 0;
  do
  :: y < N ->
     z = 0;
     do
     :: z < BLOCKS ->
        if
        :: y != n && w[at(n, z)] != 0 && !has(conf[at(n, z)], y) && has(kS[n] | pend[n], y) && (BUG_NO_FENCE || BUG_EPOCH_IN_MEMORY || kE[y] <= kE[n]) ->
           m[link(n, y, z)] = kE[n] * 8 + w[at(n, z)]
        :: else
        fi;
        z++
     :: else -> break
     od;
     y++
  :: else -> break
  od;
  skip
}

inline forget(n) {                 /* n is no primary any more */
  acting[n] = 0; held[n] = 0; todo[n] = 0; pend[n] = 0; stop[n] = 0;
  y = 0; do :: y < BLOCKS -> w[at(n, y)] = 0; conf[at(n, y)] = 0; y++ :: else -> break od;
#ifdef LOG
  rdy[n] = 0; ses[n] = 0;
#endif
#ifdef ADMIN
  adopt[n] = 0;
#endif
#ifdef ARBITER_AWAY
  asked[n] = 0;
#endif
#ifdef HANDOVER
  agreed[n] = 0;
#endif
  skip
}

inline recall(n) {                 /* a new incarnation knows what is on its disk, and takes its recent writes from its activity log */
  if :: BUG_EPOCH_IN_MEMORY -> kE[n] = 1; kP[n] = 0; kS[n] = START :: else fi;
#ifdef LOG
  rc[n] = (BUG_RESTART_FORGETS_RECENT -> 0 : al[n]);
  y = 0; do :: y < N -> ses[y] = ses[y] & ~bit(n); y++ :: else -> break od;          /* its peer hears of the new incarnation */
  y = 0; do :: y < N -> dm[map(n, y)] = (BUG_MAPS_IN_MEMORY -> 0 : dm[map(n, y)]); y++ :: else -> break od;
#endif
  skip
}

inline refuse(n) {                 /* writes of epochs below n's are refused for ever: they need not be remembered */
  y = 0;
  do
  :: y < N ->
     z = 0;
     do
     :: z < BLOCKS -> if :: !BUG_NO_FENCE && !BUG_EPOCH_IN_MEMORY && m[link(y, n, z)] / 8 < kE[n] -> m[link(y, n, z)] = 0 :: else fi; z++
     :: else -> break
     od;
     y++
  :: else -> break
  od;
  skip
}

inline remap(n) {                  /* what n notes when it learns the register's sets */
#ifdef LOG
  y = 0;
  do
  :: y < N ->
     if
     :: y != n && has(kS[n], y) && !has(aS, y) -> dm[map(n, y)] = dm[map(n, y)] | (BUG_SHRINK_WITHOUT_MARK -> 0 : rc[n])
     :: y != n && !has(kS[n], y) && has(aS, y) -> dm[map(n, y)] = 0
     :: else
     fi;
#ifdef ADMIN
     if
     :: y != n && has(kM[n], y) && !has(aM, y) -> dm[map(n, y)] = 0                 /* removed: its map is dropped */
     :: y != n && !has(kM[n], y) && has(aM, y) -> dm[map(n, y)] = (BUG_ADD_WITHOUT_MARK -> 0 : EVERY)
     :: else
     fi;
#endif
     y++
  :: else -> break
  od;
  rdy[n] = (BUG_JOIN_WITH_OLD_MAPS -> rdy[n] : 0); ses[n] = 0;
  if
  :: !has(aS, n) ->
     rc[n] = 0;                    /* out of the set: what it was given is void, and given anew before it joins */
     y = 0; do :: y < N -> dm[map(n, y)] = 0; y++ :: else -> break od
  :: else
  fi;
#endif
  skip
}

inline learn(n) {                  /* n adopts the register's configuration, on its disk */
  if
  :: kE[n] != aE ->
     travel(n); remap(n);
     kE[n] = aE; kP[n] = aP; kS[n] = aS; pend[n] = 0; stop[n] = 0; todo[n] = todo[n] & aS;
     if :: aP == n -> regains(n) :: else fi;
#ifdef ADMIN
     kM[n] = aM; adopt[n] = 0;
     if :: has(aS, n) -> de[n] = aE :: else fi;
#endif
     refuse(n);
#ifdef ARBITER_AWAY
     asked[n] = (asked[n] != 0 -> 2 : 0);
#endif
     if
     :: aP != n -> forget(n)
#ifdef HANDOVER
     :: aP == n && !acting[n] && aH && agreed[n] -> acting[n] = 1; agreed[n] = 0; held[n] = 0
     :: aP == n && !acting[n] && !(aH && agreed[n]) -> agreed[n] = 0
#endif
     :: else
     fi
  :: else
  fi
}

inline ask(n, P, S, M, H) {        /* n asks the arbiter for compare-and-set; the answer is that n sees the epoch move */
  if :: acting[n] -> pend[n] = S :: else fi;
#ifdef ARBITER_AWAY
  rP[n] = P; rS[n] = S;
  if :: !acting[n] -> asked[n] = 1 :: else fi;
#ifdef ADMIN
  rM[n] = M;
#endif
#ifdef HANDOVER
  rH[n] = H;
#endif
#else
  z = S; aE++; aP = P; aS = z;
#ifdef ADMIN
  aM = M;
#endif
#ifdef HANDOVER
  aH = H;
#endif
#endif
  skip
}

#ifdef ARBITER_AWAY
inline land(n) {                   /* a request is compared, and takes place; every other was based on the old epoch, and fails */
  aS = rS[n]; aE++; aP = rP[n];
#ifdef ADMIN
  aM = rM[n];
#endif
#ifdef HANDOVER
  aH = rH[n];
#endif
  unask()
}
inline unask() {
  y = 0;
  do
  :: y < N -> rS[y] = 0; rP[y] = 0;
#ifdef ADMIN
     rM[y] = 0;
#endif
#ifdef HANDOVER
     rH[y] = 0;
#endif
     y++
  :: else -> break
  od;
  skip
}
#endif

inline take_up(n) {                /* n, promoted, begins its reign */
#ifdef POWER
  if
  :: lost[n] && kE[n] == aE ->       /* the last resort of S14: flushed writes must be there, others may be lost */
     y = 0;
     do
     :: y < BLOCKS ->
        assert(has(pw[y], v[at(n, y)]) && v[at(n, y)] != GARBAGE);
        if :: !BUG_LOST_MEMBER_PROMOTES -> may[y] = pw[y] :: else fi;
#ifdef ADMIN
        z = 0; do :: z < N -> acks[at(z, y)] = acks[at(z, y)] & (((pw[y] & (0 - pw[y])) << 1) - 1); z++ :: else -> break od;                      /* what was not flushed is excused */
#endif
        y++
     :: else -> break
     od
  :: else
  fi;
#ifdef LOG
  if :: lost[n] && !BUG_LAST_RESORT_WITHOUT_MARK -> mark(n, al[n]) :: else fi;     /* it may have gone back behind any of them */
#endif
#endif
  acting[n] = 1; held[n] = 0; todo[n] = kS[n] & ~bit(n);
  regains(n)
}

inline regains(n) {                /* a primary that had lost its memory is whole again when every member has settled or left */
#ifdef POWER
  if :: acting[n] && todo[n] == 0 -> lost[n] = 0 :: else fi;
#endif
  skip
}

inline apply(n, c, version, remote) {   /* a write reaches n's provider */
  v[at(n, c)] = version;
#ifdef LOG
  rc[n] = rc[n] | bit(c);
  if :: !BUG_LOG_LATE -> al[n] = al[n] | bit(c) :: else fi;
  if :: !(remote && BUG_MEMBER_DOES_NOT_MARK) -> mark(n, bit(c)) :: else fi;
#endif
  skip
}

#ifdef LOG
inline mark(n, blocks) {           /* n notes, on its disk, what the replicas out of the set will lack */
  y = 0;
  do
  :: y < N -> if :: y != n && !has(kS[n], y) && !(BUG_JOINER_DOES_NOT_MARK && !has(kS[n], n)) && has(known(n), y) -> dm[map(n, y)] = dm[map(n, y)] | (blocks) :: else fi; y++
  :: else -> break
  od;
  skip
}
#endif

inline settle(p, n) {              /* what was in flight is made equal: the primary's copy counts */
#ifdef LOG
  x = rc[p] | rc[n];
  rc[p] = x;
  rc[n] = (BUG_SETTLE_FORGETS_RECENT -> 0 : x);
  al[n] = al[n] | x;
  if :: !BUG_SETTLE_WITHOUT_MARK -> mark(n, x) :: else fi;
#else
  x = EVERY;
#endif
  y = 0;
  do
  :: y < BLOCKS ->
     if
     :: has(x, y) ->
        v[at(n, y)] = v[at(p, y)];
#ifdef POWER
        if :: !BUG_SETTLE_WITHOUT_FLUSH -> fl[at(n, y)] = v[at(n, y)]; fl[at(p, y)] = v[at(p, y)] :: else fi
#endif
     :: else
     fi;
     y++
  :: else -> break
  od;
  todo[p] = todo[p] & ~bit(n);
  regains(p)
}

#ifdef LOG
inline open(p, n) {                /* p begins to bring n level: what n's own log names may differ too */
  ses[p] = ses[p] | bit(n); rdy[p] = rdy[p] & ~bit(n);
  dm[map(p, n)] = dm[map(p, n)] | (BUG_JOIN_WITHOUT_LOG -> 0 : al[n]);
  stems(p, n);
  skip
}

inline copy(p, n, c) {             /* p copies a block to n */
  al[n] = al[n] | bit(c); v[at(n, c)] = v[at(p, c)];
  dm[map(p, n)] = dm[map(p, n)] & ~bit(c); rdy[p] = rdy[p] & ~bit(n);
  if :: w[at(p, c)] != 0 -> conf[at(p, c)] = conf[at(p, c)] | bit(n) :: else fi
}

inline finish(p, n) {              /* nothing is left to copy: n gets the maps for the other absent replicas, and flushes */
  rdy[p] = rdy[p] | bit(n);
  rc[n] = (BUG_JOIN_FORGETS_RECENT -> 0 : rc[p]);
  y = 0;
  do
  :: y < N -> if :: y != n && y != p && !BUG_JOIN_WITHOUT_MAPS -> dm[map(n, y)] = (has(kS[p], y) -> 0 : dm[map(p, y)]) :: else fi; y++
  :: else -> break
  od;
  level(n);
  skip
}
#else
inline resync(p, n) {              /* n is brought level with p: every block is copied */
  stems(p, n);
  y = 0;
  do
  :: y < BLOCKS ->
     v[at(n, y)] = v[at(p, y)];
     if :: w[at(p, y)] != 0 -> conf[at(p, y)] = conf[at(p, y)] | bit(n) :: else fi;
     y++
  :: else -> break
  od;
  level(n);
  skip
}
#endif

inline level(n) {
#ifdef POWER
  y = 0;
  do
  :: y < BLOCKS -> if :: !BUG_JOIN_WITHOUT_FLUSH -> fl[at(n, y)] = v[at(n, y)] :: else fi; y++
  :: else -> break
  od;
  lost[n] = 0;
#endif
#ifdef ADMIN
  blank[n] = 0;
#endif
  skip
}

inline stems(p, n) {               /* from here on n's copy stems from p's */
#ifdef ADMIN
  if :: branch[p] != branch[n] && !has(victim, n) -> overwrites(n) :: else fi;
  branch[n] = branch[p];
#endif
  skip
}

/* --- the clients' view --- */
inline expect(n, c) {              /* a write has begun */
  if
  :: mine(n) ->
     may[c] = may[c] | bit(ver[c]);
#ifdef POWER
     pw[c] = pw[c] | bit(ver[c]);
#endif
  :: else
  fi
}

inline acked(n, c) {               /* a write is acknowledged: nothing older may be read */
  if
  :: mine(n) -> may[c] = bit(w[at(n, c)])
  :: else
  fi;
#ifdef ADMIN
  y = 0;
  do
  :: y < N -> if :: branch[n] == 0 && has(kS[n], y) -> acks[at(y, c)] = acks[at(y, c)] | bit(w[at(n, c)]) :: else fi; y++
  :: else -> break
  od;
#endif
  skip
}

inline determined(n, c) {          /* a read decides what became of writes that nobody acknowledged */
  if
  :: mine(n) ->
     may[c] = bit(v[at(n, c)]);
#ifdef POWER
     pw[c] = pw[c] & (bit(v[at(n, c)] + 1) - 1);
#endif
  :: else
  fi
}

#ifdef POWER
inline flush_all(p) {
  x = (BUG_FLUSH_ALONE -> bit(p) : kS[p] | awaited(p) | bit(p));
  y = 0;
  do
  :: y < N ->
     if
     :: has(x, y) -> z = 0; do :: z < BLOCKS -> fl[at(y, z)] = v[at(y, z)]; z++ :: else -> break od
     :: else
     fi;
     y++
  :: else -> break
  od;
  y = 0; do :: y < BLOCKS -> if :: mine(p) -> pw[y] = may[y] :: else fi; y++ :: else -> break od;
  skip
}
#endif

#ifdef ADMIN
inline replace_disk(n) {
  travel(n); forget(n); recall(n);
  blank[n] = 1; branch[n] = 0; kE[n] = 0; kP[n] = N; kS[n] = 0; kM[n] = 0; de[n] = 0;
  y = 0;
  do
  :: y < BLOCKS -> v[at(n, y)] = GARBAGE;
#ifdef POWER
     fl[at(n, y)] = GARBAGE;
#endif
     y++
  :: else -> break
  od;
#ifdef LOG
  al[n] = (BUG_BLANK_LOG_EMPTY -> 0 : EVERY); rc[n] = 0;
  y = 0; do :: y < N -> dm[map(n, y)] = 0; y++ :: else -> break od;
#endif
  skip
}

inline force(n) {                  /* an administrator takes the copy of n, whatever the others hold */
  forced = 1; branch[n] = 1;
  forcedOn = (BUG_FORCE_BASE_IS_KNOWN_EPOCH -> kE[n] : de[n]);
#ifdef POWER
  if :: lost[n] && forcedOn > 0 && !BUG_FORCE_TRUSTS_LOST_MEMBER -> forcedOn-- :: else fi;   /* another copy of that very epoch may hold more */
#endif
  aE++; aP = n; aS = bit(n);
#ifdef ARBITER_AWAY
  unask();
#endif
  learn(n);
  acting[n] = 1; held[n] = 0; todo[n] = 0;
#ifdef POWER
  lost[n] = 0;
#endif
#ifdef LOG
  y = 0;
  do
  :: y < N -> if :: y != n && !BUG_FORCE_KEEPS_MAPS -> dm[map(n, y)] = EVERY :: else fi; y++
  :: else -> break
  od;
#endif
  y = 0;
  do
  :: y < BLOCKS -> base[y] = v[at(n, y)]; may[y] = bit(v[at(n, y)]);
#ifdef POWER
     fl[at(n, y)] = v[at(n, y)]; pw[y] = may[y];
#endif
     y++
  :: else -> break
  od;
  skip
}

inline overwrites(n) {             /* n's copy goes without a person's word: it must hold no acknowledged write that the forced reign lacks */
  y = 0;
  do
  :: y < BLOCKS -> assert(v[at(n, y)] == GARBAGE || (acks[at(n, y)] & (bit(v[at(n, y)] + 1) - 1) & ~(bit(base[y] + 1) - 1)) == 0); y++
  :: else -> break
  od;
  skip
}
#endif
