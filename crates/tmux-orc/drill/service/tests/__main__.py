"""Runs the tests: all, those of a tier, or those of some modules; counts on stderr, results as JUnit XML on request."""

import argparse
import os
import sys
import time
import unittest
from xml.etree import ElementTree


class Results(unittest.TextTestResult):
    """Remembers how each test went, and how long it took."""

    def startTest(self, test):
        super().startTest(test)
        self.begun = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        TOOK[test.id()] = time.monotonic() - self.begun


TOOK = {}


def each(suite):
    """The tests of a suite, one after the other."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from each(test)
        else:
            yield test


def belongs(test, tier):
    """Whether the test is one of the tier."""
    method = getattr(test, test._testMethodName, None)
    return tier in getattr(method, "tiers", ())


def junit(path, tests, result):
    """Writes the results down."""
    failed = {test.id(): text for test, text in result.failures}
    broken = {test.id(): text for test, text in result.errors}
    skipped = {test.id(): reason for test, reason in result.skipped}
    counts = {"tests": len(tests), "failures": len(failed), "errors": len(broken), "skipped": len(skipped)}
    suite = ElementTree.Element("testsuite", {"name": "auth-service", **{k: str(v) for k, v in counts.items()}})
    for test in tests:
        module, _, name = test.id().rpartition(".")
        took = f"{TOOK.get(test.id(), 0):.3f}"
        case = ElementTree.SubElement(suite, "testcase", {"classname": module, "name": name, "time": took})
        for kind, texts in (("failure", failed), ("error", broken), ("skipped", skipped)):
            if test.id() in texts:
                text = texts[test.id()]
                ElementTree.SubElement(case, kind, {"message": text.strip().splitlines()[-1]}).text = text
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def main():
    """The exit status is 0 when every test that ran passed, 5 when there was none to run."""
    parser = argparse.ArgumentParser(prog="python3 -m tests")
    parser.add_argument("modules", nargs="*", help="for example tests.test_login")
    parser.add_argument("--tier", choices=["smoke", "critical"])
    parser.add_argument("--junit", metavar="FILE")
    parser.add_argument("--list", action="store_true", help="say which would run")
    options = parser.parse_args()
    loader = unittest.TestLoader()
    if options.modules:
        found = loader.loadTestsFromNames(options.modules)
    else:
        found = loader.discover("tests", top_level_dir=".")
    tests = [test for test in each(found) if not options.tier or belongs(test, options.tier)]
    if options.list:
        print("\n".join(test.id() for test in tests))
        return 0
    result = unittest.TextTestRunner(resultclass=Results, verbosity=1).run(unittest.TestSuite(tests))
    if options.junit:
        junit(options.junit, tests, result)
    if not tests:
        return 5
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
