using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Xml.Linq;

// Every task by name: ./build.sh --target=Restore|Build|Format|Run|Test|Simulate|Bench|Clean (default Build).
// Other options of a task stand beside its description below.

var target = Argument("target", "Build");
var root = Context.Environment.WorkingDirectory.FullPath;
var solution = $"{root}/EventSourcedTrading.sln";
var artifacts = $"{root}/artifacts";
var results = $"{artifacts}/test-results";

var quiet = "-nologo -v q \"-clp:ErrorsOnly;NoSummary\"";

// The shared compiler is worth minutes on a small machine; a CI environment may have switched it off for all.
var speed = "-p:UseSharedCompilation=true";

Task("Restore").Description("Restores the packages").Does(() => Dotnet($"restore \"{solution}\" -v q"));

Task("Build")
    .Description("Builds everything (--configuration=Debug|Release, default Debug)")
    .IsDependentOn("Restore")
    .Does(() => BuildAll(Argument("configuration", "Debug")));

Task("Format")
    .Description("Formats the sources; with --check only says what is not formatted and fails")
    .Does(() => Dotnet($"csharpier {(HasArgument("check") ? "check" : "format")} ."));

Task("Run")
    .Description("Builds and runs the demo until Ctrl-C (--port --data --prices --speed and all other options are the demo's)")
    .Does(() =>
    {
        // Before a minute of building: a port that is taken is told at once.
        RefuseTakenPort(Argument("port", "8080"));
        BuildToRun("src/Demo/Demo.csproj");
        Forward($"{artifacts}/bin/Demo/release/Trading.Demo.dll");
    });

Task("Bench")
    .Description("Builds and runs the benchmarks; all other options are theirs")
    .Does(() =>
    {
        BuildToRun("bench/Bench/Bench.csproj");
        Forward($"{artifacts}/bin/Bench/release/Trading.Bench.dll");
    });

Task("Simulate")
    .Description("Tries seeds of the simulation (--seeds=N --first=N --threads=N), or shows one (--seed=S, --deeds=N,N,...)")
    .Does(() =>
    {
        BuildToRun("tests/Simulation/Simulation.csproj");
        Forward($"{artifacts}/bin/Simulation/release/Trading.Simulation.dll");
    });

Task("Test")
    .Description("Runs every test on one private PostgreSQL (--project=NAME for one project, --filter=EXPRESSION)")
    .IsDependentOn("Restore")
    .Does(() =>
    {
        EnsureDirectoryExists(results);
        CleanDirectory(results);
        BuildAll("Debug");

        var only = Argument("project", "");
        var projects = GetFiles($"{root}/tests/*/*.csproj")
            .Select(file => file.GetFilenameWithoutExtension().ToString())
            .Where(name => name != "TestKit" && (only.Length == 0 || name == only))
            .Order()
            .ToList();
        if (projects.Count == 0)
            throw new CakeException($"There is no test project {only}");

        List<TestRun> runs;
        using (var cluster = new SharedCluster($"{artifacts}/bin/TestKit/debug/Trading.TestKit.dll"))
            runs = RunTestsOf(projects, cluster.ConnectionString);

        Summarise(runs);
    });

Task("Clean")
    .Description("Deletes everything that was built")
    .Does(() =>
    {
        if (DirectoryExists(artifacts))
            DeleteDirectory(artifacts, new DeleteDirectorySettings { Recursive = true, Force = true });
    });

string testSummary = null;
try
{
    RunTarget(target);
}
catch (Exception failure) when (testSummary is not null)
{
    Console.Error.WriteLine(failure.Message);
    Environment.ExitCode = 1;
}

// After Cake's own report, so that it is the last line whatever happened before.
if (testSummary is not null)
{
    Console.WriteLine(testSummary);
    Console.Out.Flush();
    Environment.Exit(Environment.ExitCode);
}

void BuildAll(string configuration) =>
    Dotnet($"build \"{solution}\" --no-restore -c {configuration} {quiet} {speed}");

// Whoever wants to see it run need not wait for the analyzers; Build and Test hold everybody to them.
void BuildToRun(string project) =>
    Dotnet($"build \"{root}/{project}\" -c Release -p:RunAnalyzers=false {quiet} {speed}");

void Dotnet(string arguments)
{
    var code = StartProcess("dotnet", new ProcessSettings { Arguments = arguments, WorkingDirectory = root });
    if (code != 0)
        throw new CakeException($"dotnet {arguments.Split(' ')[0]} failed");
}

// Runs a program of ours with the options this script was given, and ends as it ends. Ctrl-C on a terminal reaches
// the program by itself; a signal sent to this process alone is passed on.
void Forward(string assembly)
{
    var invokedFrom = EnvironmentVariable("TRADING_INVOKED_FROM") ?? root;
    string[] ours = ["target", "configuration", "verbosity"];
    string[] paths = ["data", "prices"];
    var start = new ProcessStartInfo("dotnet") { WorkingDirectory = root, UseShellExecute = false };
    start.ArgumentList.Add(assembly);
    foreach (var (name, values) in Context.Arguments.GetArguments().Where(a => !ours.Contains(a.Key)))
    {
        foreach (var value in values)
            start.ArgumentList.Add(
                string.IsNullOrEmpty(value) ? $"--{name}"
                : paths.Contains(name) ? $"--{name}={System.IO.Path.GetFullPath(value, invokedFrom)}"
                : $"--{name}={value}"
            );
    }

    using var program = System.Diagnostics.Process.Start(start)!;
    void PassOn(PosixSignalContext context)
    {
        context.Cancel = true;
        if (!OperatingSystem.IsWindows() && !program.HasExited)
            System.Diagnostics.Process.Start("kill", ["-TERM", $"{program.Id}"])!.WaitForExit();
    }
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, PassOn);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, PassOn);
    program.WaitForExit();
    // The program has had the last word; Cake's table of tasks, or its red banner, would only stand over it.
    Console.Out.Flush();
    Environment.Exit(program.ExitCode);
}

void RefuseTakenPort(string text)
{
    if (!int.TryParse(text, out var port) || port is < 1 or > 65535)
        return;
    try
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, port);
        listener.Start();
    }
    catch (System.Net.Sockets.SocketException)
    {
        Console.Error.WriteLine(
            $"Port {port} on 127.0.0.1 is in use: stop what listens there (ss -ltnp 'sport = :{port}'), or choose another one with --port=PORT.");
        Environment.Exit(69);
    }
}

// The tests of the command line start one process after the other and keep one core busy. Meanwhile the other one takes the
// projects that measure no time; those that do have the machine to themselves.
List<TestRun> RunTestsOf(List<string> projects, string postgres)
{
    const string slow = "Tools.Tests";
    string[] patient = ["Architecture.Tests", "Domain.Tests", "EmbeddedPostgres.Tests", "Sandbox.Tests", "Simulation"];
    var runs = projects.Where(name => name != slow && !patient.Contains(name)).Select(Run).ToList();
    var beside = System.Threading.Tasks.Task.Run(() => projects.Where(name => name == slow).Select(Run).ToList());
    runs.AddRange(projects.Where(patient.Contains).Select(Run));
    runs.AddRange(beside.GetAwaiter().GetResult());
    return runs;

    TestRun Run(string project) => RunTests(project, postgres);
}

TestRun RunTests(string project, string postgres)
{
    var clock = Stopwatch.StartNew();
    var file = $"{results}/{project}.trx";
    var arguments = new List<string>
    {
        "test", $"{root}/tests/{project}/{project}.csproj", "--no-build", "--nologo", "-v", "q",
        "--logger", $"trx;LogFileName={file}", "--results-directory", results,
        "--blame-hang", "--blame-hang-timeout", "5min", "--blame-hang-dump-type", "none",
    };
    if (HasArgument("filter"))
        arguments.AddRange(["--filter", Argument<string>("filter")]);
    var start = new ProcessStartInfo("dotnet", arguments)
    {
        WorkingDirectory = root,
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };
    start.Environment["TRADING_TEST_POSTGRES"] = postgres;
    using var process = System.Diagnostics.Process.Start(start)!;
    var said = new StringBuilder();
    process.OutputDataReceived += (_, line) => { lock (said) said.AppendLine(line.Data); };
    process.ErrorDataReceived += (_, line) => { lock (said) said.AppendLine(line.Data); };
    process.BeginOutputReadLine();
    process.BeginErrorReadLine();
    // The hang guard inside ends a test; this one ends a runner. Something a test leaked may hold the output open for
    // ever, so the end of the output is waited for only briefly.
    if (!process.WaitForExit(TimeSpan.FromMinutes(15)))
        process.Kill(entireProcessTree: true);
    System.Threading.Tasks.Task.WhenAny(process.WaitForExitAsync(), System.Threading.Tasks.Task.Delay(2000)).Wait();

    var run = TestRun.Read(project, file, process.ExitCode, clock.Elapsed);
    Console.WriteLine(run.Line);
    if (run.Problem is not null)
        lock (said) Console.WriteLine(said.ToString().Trim());
    return run;
}

void Summarise(List<TestRun> runs)
{
    var bad = runs.Where(run => !run.Good).ToList();
    foreach (var failure in bad.SelectMany(run => run.Failures))
        Console.WriteLine($"FAILED {failure}");
    foreach (var run in bad.Where(run => run.Failures.Count == 0))
        Console.WriteLine($"FAILED {run.Project}: {run.Problem}");

    // A project that crashed or gave nothing counts as one failure: it must not look like success.
    var failed = runs.Sum(run => run.Failed) + bad.Count(run => run.Failed == 0);
    var line = $"{runs.Sum(run => run.Passed)} passed, {failed} failed, {runs.Sum(run => run.Skipped)} skipped";
    System.IO.File.WriteAllText($"{results}/summary.txt", line + "\n");
    testSummary = line;
    if (bad.Count > 0)
        throw new CakeException(1, "Not all tests passed");
}

record TestRun(
    string Project, int Passed, int Failed, int Skipped, int ExitCode, bool HasResults, TimeSpan Took, List<string> Failures)
{
    public bool Good => ExitCode == 0 && Failed == 0 && HasResults && Problem is null;

    public string Problem =>
        !HasResults ? "no results: it crashed, hung or holds no test"
        : ExitCode != 0 && Failed == 0 ? $"ended with {ExitCode}"
        : null;

    public string Line =>
        $"{Project,-24} {Passed,5} passed {Failed,4} failed {Skipped,4} skipped  {Took.TotalSeconds,6:0.0} s{(Problem is null ? "" : "  " + Problem)}";

    public static TestRun Read(string project, string file, int exitCode, TimeSpan took)
    {
        if (!System.IO.File.Exists(file))
            return new(project, 0, 0, 0, exitCode, false, took, []);
        var trx = XDocument.Load(file);
        var outcomes = trx.Descendants().Where(e => e.Name.LocalName == "UnitTestResult").ToList();
        int Count(Func<string, bool> outcome) => outcomes.Count(e => outcome((string)e.Attribute("outcome")));
        bool Failing(string outcome) => outcome is not ("Passed" or "NotExecuted");
        return new(
            project,
            Count(o => o == "Passed"),
            Count(Failing),
            Count(o => o == "NotExecuted"),
            exitCode,
            outcomes.Count > 0,
            took,
            outcomes.Where(e => Failing((string)e.Attribute("outcome"))).Select(Describe).ToList()
        );
    }

    // The name, the message and the top of the stack: enough to start from, and the trx file has the rest.
    private static string Describe(XElement outcome)
    {
        string Text(string name) => outcome.Descendants().FirstOrDefault(e => e.Name.LocalName == name)?.Value ?? "";
        var lines = Text("Message").Split('\n').Take(15).Concat(Text("StackTrace").Split('\n').Where(line => line.Contains(":line ")).Take(3));
        return $"{(string)outcome.Attribute("testName")}\n    {string.Join("\n    ", lines.Select(line => line.TrimEnd()))}";
    }
}

// One PostgreSQL for all projects. It goes when its standard input ends, so it also goes when this script is killed.
sealed class SharedCluster : IDisposable
{
    private readonly System.Diagnostics.Process process;

    public SharedCluster(string assembly)
    {
        process = System.Diagnostics.Process.Start(
            new ProcessStartInfo("dotnet", [assembly]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        ConnectionString = process.StandardOutput.ReadLine() is { } line && line.StartsWith("ready ")
            ? line["ready ".Length..]
            : throw new CakeException("No PostgreSQL for the tests; see above");
    }

    public string ConnectionString { get; }

    public void Dispose()
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeSpan.FromMinutes(2)))
            process.Kill();
        process.Dispose();
    }
}
