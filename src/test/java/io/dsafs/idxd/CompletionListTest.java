package io.dsafs.idxd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** The two lists of a completion vector. Source: swq-v1 sections 11.5, 14.9. */
class CompletionListTest {
  private final CompletionList list = new CompletionList();

  private static DmaTransaction descriptor(int id) {
    return new DmaTransaction(null, id, ByteBuffer.allocate(64), 32L * id);
  }

  @Test
  void a_search_loses_none_of_the_others() {
    for (int id = 1; id <= 4; id++) {
      list.add(descriptor(id));
    }

    assertThat(list.takeFirst(d -> d.id() == 3).id()).isEqualTo(3);
    for (int id : new int[] {1, 2, 4}) {
      assertThat(list.takeFirst(d -> d.id() == id)).as("%d", id).isNotNull();
    }
    assertThat(list.isEmpty()).isTrue();
  }

  @Test
  void a_search_goes_through_the_work_list_first() {
    DmaTransaction old = descriptor(1);
    list.add(old);
    assertThat(list.takeFirst(d -> false)).isNull();
    list.add(descriptor(1));

    assertThat(list.takeFirst(d -> d.id() == 1)).isSameAs(old);
  }

  @Test
  void what_is_removed_is_not_there() {
    DmaTransaction descriptor = descriptor(1);
    list.add(descriptor);
    list.remove(descriptor);

    assertThat(list.isEmpty()).isTrue();
  }
}
