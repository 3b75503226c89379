import java.io.FileInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CyclicBarrier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The HttpClient of Java, as a client of the comparison: see common.h. */
final class Client {
    private final HttpClient client;
    private final HttpRequest request;

    private Client(Path folder, int port) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null);
        try (FileInputStream ca = new FileInputStream(folder.resolve("ca.pem").toFile())) {
            store.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(ca));
        }
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1).sslContext(tls).build();
        request = HttpRequest.newBuilder(
                        URI.create("https://127.0.0.1:" + port + "/v2/users/me/meetings"))
                .header("Accept", "application/json")
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + Files.readString(folder.resolve("token")))
                .POST(HttpRequest.BodyPublishers.ofByteArray(
                        Files.readAllBytes(folder.resolve("request.json"))))
                .build();
    }

    private void call() {
        try {
            HttpResponse<byte[]> answer =
                    client.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() != 201 || answer.body().length == 0) {
                throw new IllegalStateException("status " + answer.statusCode());
            }
        } catch (Exception failure) {
            failure.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    public static void main(String[] arguments) throws Exception {
        int before = tasks();
        Client client = new Client(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
        int threads = Integer.parseInt(arguments[2]);
        int warmup = Integer.parseInt(arguments[3]) / threads;
        int share = Integer.parseInt(arguments[4]) / threads;
        if (warmup > 0) {
            client.call();
        }
        double memory = memory();
        long[] took = new long[share * threads];
        CyclicBarrier barrier = new CyclicBarrier(threads + 1);
        Thread[] workers = new Thread[threads];
        for (int worker = 0; worker < threads; worker++) {
            int first = worker * share;
            workers[worker] = new Thread(() -> {
                for (int call = 0; call < warmup; call++) {
                    client.call();
                }
                await(barrier);
                await(barrier);
                for (int call = 0; call < share; call++) {
                    long began = System.nanoTime();
                    client.call();
                    took[first + call] = System.nanoTime() - began;
                }
                await(barrier);
                await(barrier);
            });
            workers[worker].start();
        }
        await(barrier);
        double cpu = cpu();
        long wall = System.nanoTime();
        await(barrier);
        await(barrier);
        wall = System.nanoTime() - wall;
        cpu = cpu() - cpu;
        double memoryNow = memory();
        int tasks = tasks();
        await(barrier);
        for (Thread worker : workers) {
            worker.join();
        }
        Arrays.sort(took);
        int calls = took.length;
        System.out.printf(Locale.ROOT,
                "{\"calls\": %d, \"cpu_us\": %.3f, \"wall_us\": %.3f, \"p50_us\": %.1f,"
                        + " \"p99_us\": %.1f, \"rss_mb\": %.2f, \"rss_growth_mb\": %.2f,"
                        + " \"threads_created\": %d}%n",
                calls, cpu / calls, wall / 1e3 / calls, took[calls / 2] / 1e3,
                took[(int) (calls * 99L / 100)] / 1e3, memoryNow, memoryNow - memory,
                tasks - before - threads);
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** Of the whole process, the compiler and the collector of garbage included. */
    private static double cpu() {
        return ((com.sun.management.OperatingSystemMXBean)
                java.lang.management.ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime() / 1e3;
    }

    private static double memory() throws Exception {
        String pages = Files.readString(Path.of("/proc/self/statm")).split(" ")[1];
        return Long.parseLong(pages) * 4096 / 1e6;
    }

    private static int tasks() throws Exception {
        return Path.of("/proc/self/task").toFile().list().length;
    }
}
