package io.dsafs.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import org.junit.jupiter.api.Test;

/** Documentation/ABI/README, how values are read: what users may have kept. */
class AccountsTest {
  private static final int USER = 1000;
  private static final int OTHER = 1001;

  private final Accounts accounts = new Accounts(8, 1000);

  @Test
  void a_user_with_too_many_open_files_gets_EMFILE_and_others_go_on() throws ErrnoException {
    for (int i = 0; i < 4; i++) {
      accounts.open(USER);
    }

    assertThatThrownBy(() -> accounts.open(USER))
        .isInstanceOfSatisfying(
            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EMFILE));
    accounts.open(OTHER).close();
  }

  @Test
  void a_file_that_is_closed_makes_room_for_another() throws ErrnoException {
    for (int i = 0; i < 100; i++) {
      try (Accounts.OpenFile file = accounts.open(USER)) {
        assertThat(file.keep(400)).isTrue();
      }
    }
  }

  @Test
  void a_user_has_so_much_kept_and_no_more() throws ErrnoException {
    Accounts.OpenFile file = accounts.open(USER);
    Accounts.OpenFile second = accounts.open(USER);

    assertThat(file.keep(400)).isTrue();
    assertThat(second.keep(200)).isFalse();
    assertThat(accounts.open(OTHER).keep(200)).isTrue();
  }

  /** Not what is kept anew on top of what was. */
  @Test
  void a_file_has_the_newest_kept() throws ErrnoException {
    Accounts.OpenFile file = accounts.open(USER);

    assertThat(file.keep(400)).isTrue();
    assertThat(file.keep(500)).isTrue();
    assertThat(file.keep(501)).isFalse();
    assertThat(file.keep(10)).isTrue();
    assertThat(accounts.open(USER).keep(490)).isTrue();
  }
}
