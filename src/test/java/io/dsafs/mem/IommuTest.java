package io.dsafs.mem;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.mem.Iommu.Bound;
import io.dsafs.mem.Iommu.Orders;
import io.dsafs.mem.Iommu.Refusal;
import io.dsafs.mem.Iommu.Refused;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which PASID stands for which address space. Source: drivers/iommu/intel-svm.c of Linux 5.6,
 * Documentation/x86/sva.rst.
 */
class IommuTest {
  private static final String FUNCTION = "0000:6a:01.0";
  private static final String OTHER_FUNCTION = "0000:6f:01.0";

  private final KernelMemory kernel = new KernelMemory("kernel");
  private final KernelMemory first = new KernelMemory("pid 1");
  private final KernelMemory second = new KernelMemory("pid 2");
  private final Iommu iommu = new Iommu(true, kernel);

  @Test
  void has_nothing_bound_at_first() {
    assertThat(iommu.kernel()).isSameAs(kernel);
    assertThat(iommu.bound()).isZero();
    assertThat(iommu.pasidOf(first)).isZero();
    assertThat(iommu.describe()).isEmpty();
  }

  @Nested
  class Numbers {
    @Test
    void are_the_lowest_free_from_1() {
      assertThat(iommu.bind(first)).isEqualTo(new Bound(1));
      assertThat(iommu.bindKernel()).isEqualTo(new Bound(2));
      assertThat(iommu.bind(second)).isEqualTo(new Bound(3));

      iommu.unbind(2);

      assertThat(iommu.bind(new KernelMemory("pid 4"))).isEqualTo(new Bound(2));
    }

    @Test
    void lead_to_their_address_space_and_back() {
      iommu.bind(first);
      iommu.bind(second);

      assertThat(iommu.lookup(1)).isSameAs(first);
      assertThat(iommu.lookup(2)).isSameAs(second);
      assertThat(iommu.pasidOf(second)).isEqualTo(2);
      assertThat(iommu.bound()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 1 << 16, (1 << 20) - 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void that_were_not_given_lead_nowhere(int pasid) {
      iommu.bind(first);

      assertThat(iommu.lookup(pasid)).isNull();
    }
  }

  @Nested
  class Several_bindings_of_one_address_space {
    @Test
    void share_a_number() {
      assertThat(iommu.bind(first)).isEqualTo(iommu.bind(FUNCTION, first));
      assertThat(iommu.bound()).isEqualTo(1);
    }

    @Test
    void keep_it_until_the_last_is_undone() {
      iommu.bind(first);
      iommu.bind(first);
      iommu.bind(first);

      iommu.unbind(1);
      assertThat(iommu.lookup(1)).isSameAs(first);
      iommu.unbind(1);
      assertThat(iommu.lookup(1)).isSameAs(first);
      assertThat(iommu.pasidOf(first)).isEqualTo(1);
      assertThat(iommu.bind(second)).isEqualTo(new Bound(2));

      iommu.unbind(1);

      assertThat(iommu.lookup(1)).isNull();
      assertThat(iommu.pasidOf(first)).isZero();
      assertThat(iommu.bound()).isEqualTo(1);
    }

    @Test
    void are_counted_where_they_are_listed() {
      iommu.bind(second);
      iommu.bind(first);
      iommu.bind(second);

      assertThat(iommu.describe()).isEqualTo("1 2 pid 2\n2 1 pid 1\n");
    }

    @Test
    void of_the_kernel_are_counted_too() {
      iommu.bindKernel(FUNCTION);
      iommu.bindKernel();

      iommu.unbind(1);

      assertThat(iommu.lookup(1)).isSameAs(kernel);
      assertThat(iommu.describe()).isEqualTo("1 1 kernel\n");
    }
  }

  @Test
  void leaves_all_as_it_is_when_a_number_that_is_not_bound_is_undone() {
    iommu.bind(first);

    iommu.unbind(0);
    iommu.unbind(2);

    assertThat(iommu.describe()).isEqualTo("1 1 pid 1\n");
  }

  @Nested
  class Refuses {
    @Test
    void everything_while_translation_is_off() {
      Iommu off = new Iommu(false, kernel);

      assertThat(off.bind(first)).isEqualTo(new Refused(Refusal.TRANSLATION_OFF));
      assertThat(off.bind(FUNCTION, first)).isEqualTo(new Refused(Refusal.TRANSLATION_OFF));
      assertThat(off.bindKernel()).isEqualTo(new Refused(Refusal.TRANSLATION_OFF));
      assertThat(off.bound()).isZero();
    }

    @Test
    void the_kernel_where_supervisors_are_not_allowed() {
      iommu.setSupervisorAllowed(false);
      assertThat(iommu.bindKernel()).isEqualTo(new Refused(Refusal.NO_SUPERVISOR));
      assertThat(iommu.bind(first)).isEqualTo(new Bound(1));

      iommu.setSupervisorAllowed(true);
      assertThat(iommu.bindKernel()).isEqualTo(new Bound(2));
    }

    @Test
    void as_often_as_it_was_ordered_and_for_that_function_only() {
      iommu.setOrders(FUNCTION, new Orders(Refusal.NO_MEMORY, 2));

      assertThat(iommu.bind(OTHER_FUNCTION, first)).isEqualTo(new Bound(1));
      assertThat(iommu.bind(FUNCTION, first)).isEqualTo(new Refused(Refusal.NO_MEMORY));
      assertThat(iommu.orders(FUNCTION)).isEqualTo(new Orders(Refusal.NO_MEMORY, 1));
      assertThat(iommu.bindKernel(FUNCTION)).isEqualTo(new Refused(Refusal.NO_MEMORY));
      assertThat(iommu.orders(FUNCTION)).isNull();

      assertThat(iommu.bind(FUNCTION, first)).isEqualTo(new Bound(1));
      assertThat(iommu.bindKernel(FUNCTION)).isEqualTo(new Bound(2));
    }

    @Test
    void until_an_order_that_stands_is_lifted() {
      iommu.setOrders(FUNCTION, new Orders(Refusal.NO_PASID, Orders.ALWAYS));
      for (int i = 0; i < 5; i++) {
        assertThat(iommu.bind(FUNCTION, first)).isEqualTo(new Refused(Refusal.NO_PASID));
      }
      assertThat(iommu.orders(OTHER_FUNCTION)).isNull();

      iommu.setOrders(FUNCTION, null);

      assertThat(iommu.orders(FUNCTION)).isNull();
      assertThat(iommu.bind(FUNCTION, first)).isEqualTo(new Bound(1));
    }
  }
}
