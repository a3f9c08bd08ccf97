package io.dsafs.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What one may take when others do, too. */
class SharesTest {
  private final Shares<String> shares = new Shares<>(12);

  private int takeAll(String who) {
    int taken = 0;
    while (shares.take(who, 1)) {
      taken++;
    }
    return taken;
  }

  @Test
  void one_alone_has_half() {
    assertThat(takeAll("a")).isEqualTo(6);
    assertThat(shares.taken()).isEqualTo(6);
  }

  @Test
  void whoever_comes_next_finds_something() {
    takeAll("a");

    assertThat(takeAll("b")).isEqualTo(3);
    assertThat(takeAll("c")).isEqualTo(1);
    assertThat(takeAll("a")).isZero();
  }

  @Test
  void what_is_given_back_can_be_taken_by_anybody() {
    takeAll("a");
    shares.give("a", 6);

    assertThat(takeAll("b")).isEqualTo(6);
    assertThat(shares.take("a", 3)).isTrue();
    assertThat(shares.take("a", 1)).isFalse();
  }

  @Test
  void an_amount_is_taken_whole_or_not_at_all() {
    assertThat(shares.take("a", 7)).isFalse();
    assertThat(shares.taken()).isZero();
    assertThat(shares.take("a", 6)).isTrue();
  }
}
