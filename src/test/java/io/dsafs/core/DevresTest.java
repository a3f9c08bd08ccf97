package io.dsafs.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Managed resources. Source: Documentation/driver-api/driver-model/devres.rst. */
class DevresTest {
  private final Devres devres = new Devres();
  private final List<String> released = new ArrayList<>();

  private Devres.Resource resource(String name) {
    return () -> released.add(name);
  }

  @Test
  void are_released_the_latest_first_and_once() {
    devres.add(resource("irq"));
    devres.add(resource("bar"));
    devres.add(resource("memory"));

    devres.releaseAll();
    devres.releaseAll();

    assertThat(released).containsExactly("memory", "bar", "irq");
  }

  @Test
  void may_be_released_early() {
    devres.add(resource("irq"));
    Devres.Resource bar = devres.add(resource("bar"));

    devres.release(bar);
    assertThat(released).containsExactly("bar");
    devres.release(bar);
    devres.releaseAll();

    assertThat(released).containsExactly("bar", "irq");
  }

  @Test
  void of_somebody_else_are_left_alone() {
    devres.release(resource("foreign"));

    assertThat(released).isEmpty();
  }

  @Test
  void that_are_added_while_others_are_released_are_released_too() {
    devres.add(() -> devres.add(resource("late")));

    devres.releaseAll();

    assertThat(released).containsExactly("late");
  }
}
