using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace Moda.Architecture.Tests;

/// <summary>The rules of the house, read from the compiled assemblies and from the sources.</summary>
public sealed partial class HouseRulesTests
{
    private const int MostLines = 400;

    private static readonly string[] Assemblies = ["Moda.Weights", "Moda.Kernels", "Moda.Kernels.Ilgpu", "Moda.Runtime", "Moda.Onnx", "Moda.Parity", "Moda.Extensions.Hosting", "moda", "moda-web"];

    private static readonly Lazy<NamespaceUse[]> Uses =
        new(() => [.. Assemblies.SelectMany(name => NamespaceUses.Of(Path.Combine(AppContext.BaseDirectory, name + ".dll")))]);

    [Theory]
    [InlineData("Moda.Weights", "Moda.Kernels", "files know no devices")]
    [InlineData("Moda.Weights", "Moda.Runtime", "nothing points back")]
    [InlineData("Moda.Kernels", "Moda.Weights", "numbers know no files, but all exceptions have one base", "ModaException")]
    [InlineData("Moda.Kernels", "Moda.Runtime", "numbers know no networks")]
    [InlineData("Moda.Kernels.Cpu", "Moda.Kernels.Cuda", "no device knows another")]
    [InlineData("Moda.Kernels.Cuda", "Moda.Kernels.Cpu", "no device knows another")]
    [InlineData("Moda.Kernels.Ilgpu", "Moda.Kernels.Cpu", "no device knows another")]
    [InlineData("Moda.Kernels.Ilgpu", "Moda.Kernels.Cuda", "no device knows another")]
    [InlineData("Moda.Kernels.Forwards", "Moda.Kernels.Cuda", "a workspace knows no device but the one it is given")]
    [InlineData("Moda.Runtime.Networks", "Moda.Kernels.Cpu", "no network knows which device runs it")]
    [InlineData("Moda.Runtime.Networks", "Moda.Kernels.Cuda", "no network knows which device runs it")]
    [InlineData("Moda.Runtime.Networks", "Moda.Runtime.Scheduling", "no network knows when it runs")]
    [InlineData("Moda.Runtime.Scheduling", "Moda.Runtime.Sessions", "the scheduler looks into clips by an interface alone")]
    [InlineData("Moda.Runtime", "Moda.Parity", "the engine knows nothing of its proof")]
    [InlineData("Moda.Runtime", "Moda.Onnx", "what is optional is optional")]
    [InlineData("Moda.Runtime", "Moda.Kernels.Ilgpu", "what is optional is optional")]
    [InlineData("Moda.Runtime", "Moda.Extensions", "the engine knows no host")]
    [InlineData("Moda.Runtime", "Moda.Cli", "a library knows no command line")]
    [InlineData("Moda.Extensions.Hosting", "Moda.Web", "a library knows no web service")]
    [InlineData("Moda.Web.Jobs", "Moda.Web.Api", "jobs are made whoever asks for them")]
    public void A_room_uses_nothing_of_another(string room, string other, string reason, string except = "")
    {
        string[] broken = [.. Uses.Value
            .Where(use => IsIn(use.From, room) && IsIn(use.To, other) && (except.Length == 0 || !use.Example.EndsWith("." + except, StringComparison.Ordinal)))
            .Select(use => use.Example)
            .Distinct()];

        Assert.Contains(Uses.Value, use => IsIn(use.From, room));
        Assert.True(broken.Length == 0, $"{room} uses {other}, but {reason}:\n{string.Join("\n", broken)}");
    }

    [Fact]
    public void A_namespace_is_its_folder()
    {
        string[] broken = [.. Sources().Where(source => NamespaceOf(source) is { } name && name != FolderOf(source)).Select(source => $"{source}: {NamespaceOf(source)}")];

        Assert.True(broken.Length == 0, string.Join("\n", broken));
    }

    [Fact]
    public void A_file_holds_one_idea()
    {
        string[] broken = [.. Sources().Where(source => File.ReadLines(source).Count() > MostLines)];

        Assert.True(broken.Length == 0, $"These have more than {MostLines} lines:\n{string.Join("\n", broken)}");
    }

    private static bool IsIn(string name, string room) => name == room || name.StartsWith(room + ".", StringComparison.Ordinal);

    private static IEnumerable<string> Sources() =>
        from folder in (string[])["src", "apps", "benchmarks", "samples", "tests"]
        from source in Directory.EnumerateFiles(Path.Combine(Root(), folder), "*.cs", SearchOption.AllDirectories)
        where !source.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin")
        select source;

    private static string? NamespaceOf(string source) =>
        File.ReadLines(source).Select(line => NamespaceLine().Match(line)).FirstOrDefault(match => match.Success)?.Groups[1].Value;

    // The folder of the project file gives the first part: its root namespace, which is the project's name unless it says otherwise.
    private static string FolderOf(string source)
    {
        var parts = new Stack<string>();
        for (DirectoryInfo folder = Directory.GetParent(source)!; ; folder = folder.Parent!)
        {
            if (folder.GetFiles("*.csproj").FirstOrDefault() is { } project)
            {
                Match root = RootNamespace().Match(File.ReadAllText(project.FullName));
                parts.Push(root.Success ? root.Groups[1].Value : Path.GetFileNameWithoutExtension(project.Name));
                return string.Join('.', parts);
            }

            parts.Push(folder.Name);
        }
    }

    private static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(path, "..", "..", ".."));

    [GeneratedRegex(@"^namespace ([\w.]+);")]
    private static partial Regex NamespaceLine();

    [GeneratedRegex("<RootNamespace>(.*)</RootNamespace>")]
    private static partial Regex RootNamespace();
}
