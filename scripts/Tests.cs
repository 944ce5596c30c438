// Builds everything, or what is named, and runs every test; './test.sh' and 'test.ps1' call it. Runs wherever the .NET SDK does:
//
//   dotnet run scripts/Tests.cs -- [options of xunit, such as -class "*WavTests"]
//   dotnet run scripts/Tests.cs -- --coverage [test projects, such as Moda.Weights.Tests; all when none is named]
//
// The last line is: N passed, N failed, N skipped. With --coverage the lines of the libraries that their tests reach are counted too. Left out
// are the CPU's kernels, which counting would make many times slower, and what the tests of damaged files reach: they limit time and memory.

using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;

Directory.SetCurrentDirectory(Path.GetDirectoryName(Path.GetDirectoryName(SourcePath()))!);
bool coverage = args.Contains("--coverage");
string[] options = [.. args.Where(option => option != "--coverage")];
string[] projects = [.. Directory.GetFiles("tests", "*.Tests.csproj", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
string[] named = coverage ? options : [];
if (named.FirstOrDefault(name => !projects.Any(project => Path.GetFileNameWithoutExtension(project) == name)) is { } unknown)
{
    Console.Error.WriteLine($"tests: there is no test project '{unknown}'; with --coverage give names such as Moda.Weights.Tests, or none.");
    return 2;
}

if (named.Length > 0)
{
    projects = [.. projects.Where(project => named.Contains(Path.GetFileNameWithoutExtension(project)))];
}

foreach (string target in named.Length > 0 ? projects : ["Moda.Native.sln"])
{
    string[] build = ["build", target, "-c", "Release", "-v", "quiet", "--nologo", $"-p:Coverage={(coverage ? "true" : "false")}"];
    if (Run("dotnet", build, Console.WriteLine) != 0)
    {
        return 1;
    }
}

InstallBrowser(projects);
DirectoryInfo reports = Directory.CreateTempSubdirectory("moda-tests-");
int passed = 0, failed = 0, skipped = 0;
var failures = new List<string>();
foreach (string project in projects)
{
    string name = Path.GetFileNameWithoutExtension(project);
    string program = Path.Combine(Path.GetDirectoryName(project)!, "bin", "Release", "net10.0", OperatingSystem.IsWindows() ? name + ".exe" : name);
    string[] arguments = !coverage ? ["-noColor", .. options]
        : name == "Moda.Fuzz.Tests" ? ["--progress", "off"]
        :
        [
            "--progress", "off", "--results-directory", reports.FullName, "--coverlet", "--coverlet-single-hit", "--coverlet-output-format", "json",
            "--coverlet-file-prefix", name, "--coverlet-include", "[Moda.*]*",
            "--coverlet-exclude", "[Moda.Testing]*", "--coverlet-exclude", "[Moda.Kernels]Moda.Kernels.Cpu.*",
        ];
    Console.WriteLine($"== {name}");
    var counts = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
    int status = Run(program, arguments, line =>
    {
        Console.WriteLine(line);
        Count(line, name, counts);
        if (line.EndsWith(" [FAIL]", StringComparison.Ordinal))
        {
            failures.Add(line.Trim());
        }
    });

    int projectFailed = counts.GetValueOrDefault("Failed") + counts.GetValueOrDefault("Errors");
    int projectSkipped = counts.GetValueOrDefault("Skipped");
    if (!counts.TryGetValue("Total", out int total) || (status != 0 && projectFailed == 0 && total > 0))
    {
        Console.Error.WriteLine($"{name} did not report its tests (exit code {status})");
        failed++;
    }

    passed += total - projectFailed - projectSkipped;
    failed += projectFailed;
    skipped += projectSkipped;
}

if (coverage)
{
    ReportCoverage(reports, named);
}

reports.Delete(recursive: true);

// Their messages stand further up, among the lines of their project.
failures.ForEach(Console.WriteLine);
Console.WriteLine($"{passed} passed, {failed} failed, {skipped} skipped");
return failed == 0 ? 0 : 1;

// This file's path, known when it is compiled.
static string SourcePath([CallerFilePath] string path = "") => path;

// The page's tests need a browser and are skipped without one. Root of a Debian has it installed, as .ci/run does with ffmpeg.
static void InstallBrowser(string[] projects)
{
    bool isThere = File.Exists("/usr/bin/chromium") || File.Exists("/usr/bin/google-chrome");
    if (OperatingSystem.IsLinux() && !isThere && Environment.UserName == "root" && File.Exists("/usr/bin/apt-get") && projects.Any(project => project.EndsWith("Moda.Web.Tests.csproj", StringComparison.Ordinal)))
    {
        int failed = Run("sh", ["-c", "apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium"], Console.Error.WriteLine);
        if (failed != 0)
        {
            Console.Error.WriteLine("tests: Chromium could not be installed; the tests of the page are skipped");
        }
    }
}

// Runs a program whose output goes to a reader line by line; what it says on standard error goes to standard error.
static int Run(string program, string[] arguments, Action<string> read)
{
    var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
    using Process process = Process.Start(start)!;
    while (process.StandardOutput.ReadLine() is { } line)
    {
        read(line);
    }

    process.WaitForExit();
    return process.ExitCode;
}

// xunit's own summary is one line, "   NAME  Total: 12, Errors: 0, Failed: 1, Skipped: 2, ...". With coverage it is a line for each number.
static void Count(string line, string name, Dictionary<string, int> counts)
{
    bool summary = Regex.IsMatch(line, $@"^ +{Regex.Escape(name)} +Total: ");
    string pattern = summary ? @"\b(Total|Errors|Failed|Skipped): (\d+)" : @"^  (total|failed|skipped): (\d+)$";
    foreach (Match match in Regex.Matches(line, pattern))
    {
        counts[match.Groups[1].Value] = int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
    }
}

// Coverlet writes for each run {assembly: {file: {class: {method: {"Lines": {number: hits}}}}}}: a line counts when any run has reached it.
static void ReportCoverage(DirectoryInfo reports, string[] named)
{
    var lines = new Dictionary<string, Dictionary<(string File, string Line), bool>>();
    foreach (FileInfo report in reports.GetFiles("*.json", SearchOption.AllDirectories))
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(report.FullName));
        foreach (JsonProperty assembly in document.RootElement.EnumerateObject())
        {
            string name = Path.GetFileNameWithoutExtension(assembly.Name);
            Dictionary<(string, string), bool> reached = lines.TryGetValue(name, out var known) ? known : lines[name] = [];
            foreach ((string file, JsonProperty line) in
                from file in assembly.Value.EnumerateObject()
                from type in file.Value.EnumerateObject()
                from method in type.Value.EnumerateObject()
                from line in method.Value.GetProperty("Lines").EnumerateObject()
                select (file.Name, line))
            {
                reached[(file, line.Name)] = reached.GetValueOrDefault((file, line.Name)) || line.Value.GetInt32() > 0;
            }
        }
    }

    foreach ((string name, var reached) in lines.OrderBy(assembly => assembly.Key, StringComparer.Ordinal))
    {
        // A library whose own tests were not run shows only what others happen to reach.
        if (named.Length == 0 || named.Contains(name + ".Tests"))
        {
            Console.WriteLine(Share(name, reached.Values));
        }
    }

    if (named.Length == 0)
    {
        Console.WriteLine(Share("all libraries without the CPU's kernels", lines.Values.SelectMany(reached => reached.Values)));
    }

    static string Share(string name, IEnumerable<bool> reached) => string.Create(
        CultureInfo.InvariantCulture, $"coverage of {name}: {100.0 * reached.Count(line => line) / Math.Max(1, reached.Count()):0.0} % of {reached.Count()} lines");
}
