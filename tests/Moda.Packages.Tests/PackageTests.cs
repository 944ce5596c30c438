using System.IO.Compression;
using System.Xml.Linq;
using Xunit;

namespace Moda.Packages.Tests;

/// <summary>What is packed, and what each package says of itself.</summary>
/// <param name="feed">The packages.</param>
public sealed class PackageTests(LocalFeed feed)
{
    private static readonly string[] Libraries =
    [
        "Moda.Extensions.Hosting", "Moda.ImageSharp", "Moda.Kernels", "Moda.Kernels.Ilgpu", "Moda.NAudio", "Moda.Onnx", "Moda.Parity", "Moda.Runtime", "Moda.Weights",
    ];

    private static readonly string[] Others = ["Moda.OpenCheckpoint", "moda"];

    /// <summary>All packages.</summary>
    public static TheoryData<string> Names => [.. Libraries, .. Others];

    [Fact]
    public void The_solution_packs_these_and_nothing_else()
    {
        string ending = $".{feed.Version}.nupkg";
        string[] found = [.. Directory.GetFiles(feed.Packages, "*.nupkg").Select(Path.GetFileName).Select(name => name![..^ending.Length])];

        Assert.Equal([.. Libraries.Concat(Others).Order(StringComparer.Ordinal)], found.Order(StringComparer.Ordinal));
        Assert.All(Libraries, library => Assert.True(File.Exists(Path.Combine(feed.Packages, $"{library}.{feed.Version}.snupkg")), library));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_package_says_what_it_is_and_carries_its_notices(string name)
    {
        using ZipArchive package = ZipFile.OpenRead(Path.Combine(feed.Packages, $"{name}.{feed.Version}.nupkg"));
        string[] files = [.. package.Entries.Select(entry => entry.FullName)];
        using Stream stream = package.GetEntry(name + ".nuspec")!.Open();
        XElement description = XDocument.Load(stream).Root!.Elements().First();

        Assert.Superset(new HashSet<string>(["README.md", "icon.png", "LICENSE", "THIRD-PARTY-NOTICES.md"]), files.ToHashSet());
        Assert.DoesNotContain(files, file => file.EndsWith(".pdb", StringComparison.Ordinal) && name != "moda");
        Assert.Equal(name, Value("id"));
        Assert.Equal("MIT", Value("license"));
        Assert.True(Value("description").Length > 40, Value("description"));
        Assert.Contains("talking-head", Value("tags"), StringComparison.Ordinal);
        Assert.Equal(LocalFeed.Repository, Value("projectUrl"));
        Assert.Equal(LocalFeed.Repository, Element("repository").Attribute("url")!.Value);
        Assert.NotEmpty(Element("repository").Attribute("commit")!.Value);

        XElement Element(string key) => description.Elements().Single(element => element.Name.LocalName == key);

        string Value(string key) => Element(key).Value;
    }
}
