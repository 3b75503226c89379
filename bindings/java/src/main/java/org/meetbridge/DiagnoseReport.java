package org.meetbridge;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Whether everything is in order, and what to do if not. */
public final class DiagnoseReport extends Document {
    DiagnoseReport(Map<String, Object> members) {
        super(members);
    }

    /** {@return the worst severity found} */
    public Severity getStatus() {
        return Severity.of(text("status"));
    }

    /** {@return one for each thing that was looked at} */
    public List<Finding> getFindings() {
        return objects("findings", Finding::new);
    }

    /** {@return the library's version} */
    public String getLibraryVersion() {
        return part("library", Part::new).text("version");
    }

    /** {@return the store, if it could be opened} */
    public Optional<Store> getStore() {
        return object("store", Store::new);
    }

    /** How bad a finding is. */
    public enum Severity {
        /** Nothing to do. */
        OK,
        /** Something to look at. */
        WARNING,
        /** Something does not work. */
        ERROR;

        /** What a document says; a word that is unknown here is taken for the worst. */
        static Severity of(String name) {
            for (Severity severity : values()) {
                if (severity.name().toLowerCase(Locale.ROOT).equals(name)) {
                    return severity;
                }
            }
            return ERROR;
        }
    }

    /** What was found. */
    public static final class Finding extends Document {
        Finding(Map<String, Object> members) {
            super(members);
        }

        /** {@return what was looked at, for example {@code reachability}} */
        public String getCheck() {
            return text("check");
        }

        /** {@return how bad it is} */
        public Severity getSeverity() {
            return Severity.of(text("severity"));
        }

        /** {@return what was found} */
        public String getMessage() {
            return text("message");
        }

        /** {@return what to do about it} */
        public Optional<String> getRemedy() {
            return optionalText("remedy");
        }

        /** {@return whose matter it is} */
        public Optional<Provider> getProvider() {
            return optionalProvider("provider");
        }

        /** {@return the {@code client_id} of the app that it is about} */
        public Optional<String> getApp() {
            return optionalText("app");
        }
    }

    /** The store. */
    public static final class Store extends Document {
        Store(Map<String, Object> members) {
            super(members);
        }

        /** {@return what keeps it, with its version} */
        public String getEngine() {
            return text("engine");
        }

        /** {@return where it is} */
        public String getLocation() {
            return text("location");
        }

        /** {@return the version of its tables} */
        public int getSchemaVersion() {
            return number("schema_version");
        }

        /** {@return how many it holds} */
        public long getAuthorizations() {
            return longNumber("authorizations");
        }
    }

    private static final class Part extends Document {
        Part(Map<String, Object> members) {
            super(members);
        }
    }
}
