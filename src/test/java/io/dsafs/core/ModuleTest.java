package io.dsafs.core;

import static io.dsafs.core.KernelVersion.since;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Who gets a module, and whether it can go: kernel/module/main.c. */
class ModuleTest {
  private final Module module = new Module("idxd", "1.00");

  @Test
  void counts_who_uses_it() {
    assertThat(module.references()).isZero();

    assertThat(module.tryGet()).isTrue();
    assertThat(module.tryGet()).isTrue();
    assertThat(module.references()).isEqualTo(2);

    module.put();
    assertThat(module.references()).isEqualTo(1);
  }

  @Test
  void stays_while_somebody_holds_it() {
    assertThat(module.tryGet()).isTrue();

    assertThat(module.unload()).isFalse();

    assertThat(module.going()).isFalse();
    assertThat(module.references()).isEqualTo(1);
    assertThat(module.tryGet()).isTrue();
  }

  @Test
  void goes_when_it_has_been_given_back_and_is_given_to_nobody_then() {
    assertThat(module.tryGet()).isTrue();
    module.put();

    assertThat(module.unload()).isTrue();

    assertThat(module.going()).isTrue();
    assertThat(module.tryGet()).isFalse();
    assertThat(module.references()).isZero();
    assertThat(module.unload()).isTrue();
  }

  @Test
  void is_never_both_held_and_gone() throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor();
    CyclicBarrier together = new CyclicBarrier(2);
    for (int round = 0; round < 2000; round++) {
      Module contended = new Module("idxd", "1.00");
      Future<Boolean> held =
          other.submit(
              () -> {
                together.await();
                return contended.tryGet();
              });
      together.await();
      boolean gone = contended.unload();

      assertThat(held.get()).as("round %d", round).isNotEqualTo(gone);
    }
    other.shutdown();
  }

  @Test
  void shows_its_parameters_in_a_directory_of_that_name() {
    Attribute<String> row = Attribute.readOnly("sva", value -> value + "\n", since(6, 0));

    Module withParameters = Module.withParameters("idxd", "1.00", "Y", List.of(row));

    assertThat(withParameters.name()).isEqualTo("idxd");
    assertThat(withParameters.version()).isEqualTo("1.00");
    assertThat(withParameters.parameters())
        .isEqualTo(new AttributeGroup<>("parameters", "Y", List.of(row)));
    assertThat(module.parameters()).isNull();
  }
}
