/* Configuration, grants, writes, logs and maps of one resource, as one transition system for SPIN.
 *
 * N replicas with BLOCKS blocks (a block stands for an extent), the arbiter's register, a network that delays,
 * repeats and loses, and clients in the form of assertions. Time appears only as the order that bounded drift
 * guarantees: a grant held by a primary ends before the promise that it came from.
 *
 * state.pml     parameters, variables, and the conditions built from them
 * effects.pml   what a step does to the variables
 * switches.pml  BUG_x: one for each rule; each is 0 here, and -DBUG_x takes that rule away
 *
 * Every turn of the loop below chooses one replica or two, and a block, and then one thing that may happen to them.
 */
#include "switches.pml"
#include "state.pml"
#include "effects.pml"

init {
  d_step {
    x = 0;
    do
    :: x < N -> kE[x] = 1; kP[x] = 0; kS[x] = aS;
#ifdef ADMIN
       kM[x] = aM; de[x] = has(aS, x);
#endif
       x++
    :: else -> break
    od;
    acting[0] = 1;
    x = 0; do :: x < BLOCKS -> may[x] = 1; x++ :: else -> break od;
#ifdef POWER
    x = 0; do :: x < BLOCKS -> pw[x] = 1; x++ :: else -> break od;
#endif
    x = 0; y = 0; z = 0
  }
  do
  :: atomic {
     if
     /* ================= something happens to one replica, i, and perhaps its block b ================= */
     :: if :: i = 0 :: i = 1 :: N > 2 -> i = 2 :: N > 3 -> i = 3 fi;
        if :: b = 0 :: BLOCKS > 1 -> b = 1 fi;
        if
        /* --- knowledge, crash and restart (S5, S6) --- */
        :: b == 0 && kE[i] != aE ->
           d_step { learn(i); say("%d learns epoch %d\n", i, aE) }
        :: b == 0 && crashes < CRASHES ->
           d_step {
             say("%d crashes and comes back (epoch %d)\n", i, aE);
             crashes++; travel(i); forget(i); recall(i); broken(i)
           };
#ifdef POWER
           lost[i] = 1;
           if :: v[at(i, 0)] = fl[at(i, 0)] :: fl[at(i, 0)] = v[at(i, 0)] fi;
           if
           :: BLOCKS == 1
           :: BLOCKS > 1 -> if :: v[at(i, BLOCKS-1)] = fl[at(i, BLOCKS-1)] :: fl[at(i, BLOCKS-1)] = v[at(i, BLOCKS-1)] fi
           fi
#endif

        /* --- promotion, and resumption by a restarted primary (S4, S6, S14) --- */
        :: b == 0 && !acting[i] && aE <= CHANGES && may_ask(i) &&
           (BUG_PROMOTE_OUT_OF_SET || has(aS, i)) &&
           (BUG_PROMOTE_EARLY || !promised(i)) &&
           (BUG_BLANK_PROMOTES || !blanked(i)) &&
           (BUG_LOST_MEMBER_PROMOTES || whole(i) || blanked(i) || unanswered(i)) ->
           d_step {
             say("%d promotes itself from epoch %d\n", i, aE);
             x = aS | bit(i);
             if :: aP != i && !SPARE_DROP_OLD_PRIMARY -> x = x & ~bit(aP) :: else fi;
             ask(i, i, x, aM, 0);
#ifndef ARBITER_AWAY
             learn(i); take_up(i)
#endif
           }
#ifdef ARBITER_AWAY
        :: b == 0 && asked[i] == 2 && kP[i] == i && !acting[i] && (BUG_ACT_UNDER_PROMISE || !promised(i)) ->
           d_step { say("%d takes up the primary's role in epoch %d\n", i, kE[i]); asked[i] = 0; take_up(i) }
        :: b == 0 && rS[i] != 0 && aE <= CHANGES ->
           d_step { say("the request of %d reaches the arbiter: epoch %d\n", i, aE + 1); land(i) }
        :: b == 0 && BUG_READING_IS_AN_ANSWER && pend[i] != 0 && kE[i] == aE ->
           d_step { pend[i] = 0; stop[i] = 0; say("%d takes what it reads for an answer, epoch %d\n", i, aE) }
#endif

        /* --- writes, flushes and reads of clients (S2) --- */
        :: serves(i) && w[at(i, b)] == 0 && ver[0] + ver[BLOCKS-1] * (BLOCKS-1) < WRITES ->
           d_step {
             ver[b]++; w[at(i, b)] = ver[b]; conf[at(i, b)] = bit(i); apply(i, b, ver[b], 0); expect(i, b);
             say("%d starts a write to block %d\n", i, b)
           }
        :: acknowledges(i) && w[at(i, b)] != 0 &&
           (BUG_ACK_ALONE || (conf[at(i, b)] & (kS[i] | awaited(i))) == (kS[i] | awaited(i))) ->
           d_step { acked(i, b); w[at(i, b)] = 0; conf[at(i, b)] = 0; say("%d acknowledges the write to block %d\n", i, b) }
        :: serves(i) && w[at(i, b)] == 0 ->
           d_step { say("%d reads block %d\n", i, b); assert(legal(i, b)); determined(i, b) }
#ifdef POWER
        :: fl[at(i, b)] != v[at(i, b)] ->
           d_step { fl[at(i, b)] = v[at(i, b)]; say("%d's disk writes block %d out by itself\n", i, b) }
        :: b == 0 && serves(i) && flushable(0, i) && flushable(1, i) && flushable(N-2, i) && flushable(N-1, i) ->
           d_step { flush_all(i); say("a flush at %d is acknowledged\n", i, 0) }
#endif
#ifdef LOG
        /* --- the all-confirmed watermark, and what it lets go --- */
        :: acting[i] && settled(i) && has(rc[i], b) && w[at(i, b)] == 0 ->
           d_step { rc[i] = rc[i] & ~bit(b); say("%d: block %d is confirmed by all\n", i, b) }
        :: has(al[i], b) && has(kS[i], i) && (BUG_LOG_LEAVES_UNCONFIRMED || !has(rc[i], b)) && whole(i) &&
           (BUG_LOG_LEAVES_UNFLUSHED || written_out(i, b)) ->
           d_step { al[i] = al[i] & ~bit(b); say("block %d leaves the activity log of %d\n", b, i) }
        :: BUG_LOG_LATE && has(rc[i], b) && !has(al[i], b) ->
           d_step { al[i] = al[i] | bit(b); say("block %d enters the activity log of %d\n", b, i) }
#endif
#ifdef HANDOVER
        :: b == 0 && stop[i] != 0 && (BUG_HANDOVER_RESUMES || pend[i] == 0) ->
           d_step { stop[i] = 0; say("%d gives the hand-over up\n", i, 0) }
#endif
#ifdef ADMIN
        /* --- an administrator replaces a disk, forces a promotion, names a victim --- */
        :: b == 0 && !acting[i] && disks < DISKS ->
           d_step { disks++; replace_disk(i); say("%d gets a blank disk (epoch %d)\n", i, aE) }
        :: b == 0 && !acting[i] && !forced && FORCES > 0 && !has(aS, i) && has(aM, i) && !blank[i] && aE <= CHANGES ->
           d_step { say("%d is promoted by force over epoch %d\n", i, aE); force(i) }
        :: b == 0 && forced && branch[i] == 0 && !acting[i] && !has(victim, i) ->
           d_step { victim = victim | bit(i); say("%d is named the victim\n", i, 0) }
#endif
        :: else
        fi

     /* ================= something happens between a primary, i, and another replica, j ================= */
     :: acting[0] || acting[1] || acting[N-2] || acting[N-1] ->
        if :: acting[0] -> i = 0 :: acting[1] -> i = 1 :: N > 2 && acting[N-1] -> i = N-1 :: N > 3 && acting[N-2] -> i = N-2 fi;
        if :: i != 0 -> j = 0 :: i != 1 -> j = 1 :: N > 2 && i != 2 -> j = 2 :: N > 3 && i != 3 -> j = 3 fi;
        if :: b = 0 :: BLOCKS > 1 -> b = 1 fi;
        if
        /* --- grants (S1, S6) --- */
        :: b == 0 && kE[i] == kE[j] && kP[j] == i && (!has(held[i], j) || !adopted(i, j)) &&
           (BUG_LOST_MEMBER_GRANTS || whole(j) || !has(kS[i], j)) ->
           d_step { held[i] = held[i] | bit(j); unbreak(j); adopts(i, j); say("%d grants to %d\n", j, i) }
        :: b == 0 && has(held[i], j) ->
           d_step { held[i] = held[i] & ~bit(j); say("grant of %d runs out at %d\n", j, i) }

        /* --- settle: a new primary and one member agree on what was in flight --- */
        :: b == 0 && has(todo[i], j) && kE[i] == aE && (BUG_LOST_MEMBER_CONFIRMS || whole(j)) ->
           d_step { learn(j); settle(i, j); say("%d settles %d\n", i, j) }

        /* --- shrink (S3) --- */
        :: b == 0 && changer(i) && has(kS[i], j) && stop[i] == 0 ->
           d_step { say("%d asks to shrink %d out\n", i, j); ask(i, i, kS[i] & ~bit(j), aM, 0);
                    if :: BUG_SHRINK_BEFORE_ANSWER -> kS[i] = kS[i] & ~bit(j); pend[i] = 0 :: else fi }

        /* --- resync and join (S7) --- */
#ifdef LOG
        :: b == 0 && settled(i) && !has(kS[i] | pend[i] | ses[i], j) && kE[i] == kE[j] && admitted(i, j) ->
           d_step { open(i, j); say("%d begins to bring %d level\n", i, j) }
        :: has(ses[i], j) && !has(kS[i] | pend[i], j) && kE[i] == kE[j] && has(dm[map(i, j)], b) ->
           d_step { copy(i, j, b); say("%d copies block %d", i, b); say(" to %d\n", j, 0) }
        :: b == 0 && has(ses[i], j) && !has(rdy[i], j) && !has(kS[i] | pend[i], j) && kE[i] == kE[j] && dm[map(i, j)] == 0 ->
           d_step { finish(i, j); say("%d is level with %d\n", j, i) }
#else
        :: b == 0 && settled(i) && !has(kS[i] | pend[i], j) && kE[i] == kE[j] && admitted(i, j) ->
           d_step { resync(i, j); say("%d resyncs %d\n", i, j) }
#endif
        :: b == 0 && changer(i) && settled(i) && !has(kS[i], j) && kE[j] == kE[i] && stop[i] == 0 && admitted(i, j) &&
           (BUG_JOIN_BEHIND || ready(i, j)) && (SPARE_JOIN_GRANT || has(held[i], j)) ->
           d_step { say("%d asks to join %d\n", i, j);
                    assert(!whole(j) || same(i, j));                        /* a joiner has every write */
                    ask(i, i, kS[i] | bit(j), aM, 0) }

        /* --- writes (S2, S5) --- */
        :: w[at(i, b)] != 0 && !has(conf[at(i, b)], j) && has(kS[i] | pend[i], j) &&
           (BUG_LOST_MEMBER_CONFIRMS || whole(j)) && (BUG_NO_FENCE || (kE[i] == kE[j] && kP[j] == i)) ->
           d_step { apply(j, b, w[at(i, b)], 1); say("%d has the write of %d", j, i); say(" to block %d\n", b, 0) };
           if :: d_step { conf[at(i, b)] = conf[at(i, b)] | bit(j); say("   and %d confirms\n", j, 0) } :: true fi
#ifdef LOG
        :: settled(i) && has(kS[i], j) && has(rc[j], b) && w[at(i, b)] == 0 && (BUG_LOST_MEMBER_HEARS || whole(j)) &&
           (kE[i] == kE[j] || (BUG_WATERMARK_WITHOUT_EPOCH && kE[j] < kE[i])) ->
           d_step { rc[j] = rc[j] & ~bit(b); say("%d hears that block %d is confirmed by all\n", j, b) }
#endif
#ifdef HANDOVER
        /* --- hand-over: stop, agree, drain, compare-and-set --- */
        :: b == 0 && changer(i) && stop[i] == 0 && settled(i) && has(kS[i], j) ->
           d_step { stop[i] = 1 + j; say("%d stops, to hand over to %d\n", i, j) }
        :: b == 0 && stop[i] == 1 + j && kE[i] == kE[j] && kP[j] == i && !agreed[j] &&
           (BUG_LOST_MEMBER_GRANTS || whole(j)) ->
           d_step { agreed[j] = 1; held[i] = held[i] | bit(j); unbreak(j); adopts(i, j);
                    say("%d grants, and agrees to the hand-over by %d\n", j, i) }
        :: b == 0 && changer(i) && stop[i] == 1 + j && has(held[i], j) && has(kS[i], j) && (BUG_HANDOVER_WITHOUT_DRAIN || idle(i)) ->
           d_step { say("%d asks to hand over to %d\n", i, j); ask(i, j, kS[i], aM, 1) }
#endif
#ifdef ADMIN
        /* --- an administrator removes a replica and adds one --- */
        :: b == 0 && changer(i) && stop[i] == 0 && has(kM[i], j) ->
           d_step { say("%d asks to remove %d\n", i, j); ask(i, i, kS[i] & ~bit(j), kM[i] & ~bit(j), 0) }
        :: b == 0 && changer(i) && stop[i] == 0 && !has(kM[i], j) ->
           d_step { say("%d asks to add %d\n", i, j); ask(i, i, kS[i], kM[i] | bit(j), 0) }
#endif
        :: else
        fi

     /* ================= an old write of i arrives at j, which may confirm it to an i that still waits ================= */
     :: travelling(0) || travelling(1) || travelling(N-2) || travelling(N-1) ->
        if :: travelling(0) -> j = 0 :: travelling(1) -> j = 1 :: N > 2 && travelling(N-1) -> j = N-1 :: N > 3 && travelling(N-2) -> j = N-2 fi;
        if :: i = 0 :: i = 1 :: N > 2 -> i = 2 :: N > 3 -> i = 3 fi;
        if :: b = 0 :: BLOCKS > 1 -> b = 1 fi;
        if
        :: m[link(i, j, b)] != 0 && (BUG_LOST_MEMBER_CONFIRMS || whole(j)) &&
           (BUG_NO_FENCE || (m[link(i, j, b)] / 8 == kE[j] && kP[j] == i)) ->
           d_step { apply(j, b, m[link(i, j, b)] % 8, 1); say("%d has an old write of %d", j, i); say(" to block %d\n", b, 0) };
           if
           :: w[at(i, b)] == m[link(i, j, b)] % 8 -> conf[at(i, b)] = conf[at(i, b)] | bit(j)
           :: true
           fi;
           m[link(i, j, b)] = 0
        :: else
        fi
     fi;
     /* never two that serve */
     assert(!two_serve(0, 1) && !two_serve(0, N-1) && !two_serve(1, N-1) && !two_serve(0, N-2) && !two_serve(N-2, N-1) && !two_serve(1, N-2));
     d_step { i = 0; j = 0; b = 0; x = 0; y = 0; z = 0 }
     }
  od
}
