package io.dsafs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.fuse.HandleTable.Open;
import io.dsafs.fuse.TestFile.TestHandle;
import io.dsafs.vfs.Node;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Numbers of open files. */
class HandleTableTest {
  private final HandleTable table = new HandleTable();
  private final Node node = new TestFile();

  private Open open(Node of) {
    return new Open(of, new TestHandle(), 1, null, null);
  }

  private List<Open> fill(int count) {
    List<Open> added = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Open open = open(node);
      assertThat(table.add(open)).isEqualTo(i);
      added.add(open);
    }
    return added;
  }

  @Test
  void count_up_from_0_and_lead_to_the_open_file() {
    List<Open> added = fill(3);

    assertThat(table.get(0)).isSameAs(added.get(0));
    assertThat(table.get(2)).isSameAs(added.get(2));
    assertThat(table.get(3)).isNull();
  }

  @Test
  void have_no_end() {
    List<Open> added = fill(1000);

    for (int i = 0; i < 1000; i++) {
      assertThat(table.get(i)).isSameAs(added.get(i));
    }
  }

  @Test
  void are_given_again_the_lowest_first() {
    List<Open> added = fill(200);

    assertThat(table.remove(150)).isSameAs(added.get(150));
    assertThat(table.remove(7)).isSameAs(added.get(7));
    assertThat(table.remove(70)).isSameAs(added.get(70));
    assertThat(table.get(7)).isNull();

    assertThat(table.add(open(node))).isEqualTo(7);
    assertThat(table.add(open(node))).isEqualTo(70);
    assertThat(table.add(open(node))).isEqualTo(150);
    assertThat(table.add(open(node))).isEqualTo(200);
  }

  @Test
  void are_removed_once() {
    fill(1);

    table.remove(0);

    assertThat(table.remove(0)).isNull();
  }

  @Test
  void of_one_node_are_found() {
    Node other = new TestFile();
    Open first = open(node);
    Open second = open(node);
    table.add(first);
    table.add(open(other));
    table.add(second);

    assertThat(table.openOn(node)).containsExactly(first, second);
    assertThat(table.openOn(new TestFile())).isEmpty();
  }

  @Test
  void end_with_the_mount_and_begin_anew() {
    List<Open> added = fill(100);
    table.remove(50);
    added.remove(50);

    assertThat(table.drain()).isEqualTo(added);

    assertThat(table.drain()).isEmpty();
    assertThat(table.get(0)).isNull();
    assertThat(table.add(open(node))).isZero();
  }
}
