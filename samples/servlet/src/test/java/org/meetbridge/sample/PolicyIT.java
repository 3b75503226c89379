package org.meetbridge.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.meetbridge.MeetBridge;
import org.meetbridge.MeetBridgeException;
import org.meetbridge.Provider;

/** The guide's java.policy, for a program that itself may do nothing, as an agent of Domino. */
@EnabledForJreRange(max = JRE.JAVA_23, disabledReason = "Java 24 has no security manager")
@ExtendWith(Host.Owner.class)
class PolicyIT {
    /** What the other process runs. */
    public static final class Agent {
        public static void main(String[] arguments) {
            try {
                MeetBridge shared = MeetBridge.shared();
                System.out.println("found " + shared.getAuthorization(
                        Provider.ZOOM, "Anna Berg/HR/Acme").isPresent());
                tell(shared::reload);
                tell(() -> shared.reload("{}"));
                tell(() -> shared.reload(Paths.get("/nothing")));
                tell(() -> MeetBridge.open("{}").close());
                tell(() -> MeetBridge.open(Paths.get("/nothing")).close());
                tell(() -> MeetBridge.setLogger(null, null));
            } catch (MeetBridgeException failure) {
                System.out.println(failure.getStatus() + " " + failure.getRemedy());
            }
        }

        private static void tell(Runnable call) {
            try {
                call.run();
                System.out.println("OK");
            } catch (MeetBridgeException failure) {
                System.out.println(failure.getStatus());
            } catch (SecurityException refused) {
                System.out.println(refused.getMessage().contains("meetbridge.settings")
                        ? "no right" : refused.toString());
            }
        }
    }

    @Test
    void theGuidesPolicyIsEnoughAndNeeded(@TempDir Path folder) throws Exception {
        String policy = GuideTest.blocks("policy").get(0)[1];
        assertTrue(policy.contains("file:/opt/meetbridge/meetbridge.jar"), policy);
        String jar = place(MeetBridge.class).toString();
        assertTrue(jar.endsWith(".jar"), jar);
        String ours = policy.replace("file:/opt/meetbridge/meetbridge.jar", jar);
        List<String> told = run(folder, ours).lines().collect(Collectors.toList());
        assertEquals("found false", told.get(0));
        assertEquals(Collections.nCopies(6, "no right"), told.subList(1, told.size()));
        for (String refused : Arrays.asList(policy, ours.replaceAll(".*PropertyPermission.*", ""),
                ours.replaceAll(".*loadLibrary.*", ""))) {
            String remedy = run(folder, refused);
            assertTrue(remedy.startsWith("NOT_AVAILABLE ") && remedy.contains("java.policy"),
                    remedy);
        }
    }

    @Test
    void whoHasTheRightChoosesSettings(@TempDir Path folder) throws Exception {
        String right = "grant codeBase \"%s\" {\n"
                + "    permission java.lang.RuntimePermission \"meetbridge.settings\";\n};\n";
        String policy = GuideTest.blocks("policy").get(0)[1].replace(
                "file:/opt/meetbridge/meetbridge.jar", place(MeetBridge.class).toString())
                + String.format(right, place(MeetBridge.class))
                + String.format(right, place(PolicyIT.class));
        assertEquals("found false\nOK\n" + String.join("\n",
                Collections.nCopies(4, "INVALID_SETTINGS")) + "\nOK", run(folder, policy));
    }

    private static String run(Path folder, String policy) throws Exception {
        Path settings = folder.resolve("settings.json");
        // A store of its own: two processes may share one, but this is about rights.
        Files.writeString(settings, Host.get().sandbox.settings().toString()
                .replace(Host.get().sandbox.folder().toString(), folder.toString()));
        Path file = Files.writeString(folder.resolve("java.policy"), policy);
        Process agent = new ProcessBuilder(
                Paths.get(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.security.manager", "-Djava.security.policy==" + file,
                "-Dmeetbridge.library=" + System.getProperty("meetbridge.library"),
                "-Dmeetbridge.settings=" + settings,
                "-classpath", Paths.get(place(MeetBridge.class)) + ":"
                        + Paths.get(place(PolicyIT.class)),
                Agent.class.getName()).redirectErrorStream(true).start();
        String output = new String(agent.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        agent.waitFor();
        // The virtual machine warns that the security manager is going to be removed.
        return output.replaceAll("(?m)^WARNING:.*\\R", "").trim();
    }

    private static URI place(Class<?> of) throws Exception {
        return of.getProtectionDomain().getCodeSource().getLocation().toURI();
    }
}
