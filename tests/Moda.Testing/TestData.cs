
namespace Moda.Testing;

/// <summary>Finds the files that tests compare with: the folder <c>tests/data</c> above the test program.</summary>
public static class TestData
{
    /// <summary>The folder <c>tests/data</c>.</summary>
    public static string Folder { get; } = Find();

    /// <summary>The repository's root.</summary>
    public static string Repository { get; } = System.IO.Path.GetFullPath(Path("..", ".."));

    /// <summary>A file or folder in it: <c>Path("cases", "dit.tiny.safetensors")</c>.</summary>
    public static string Path(params string[] parts) => System.IO.Path.Combine([Folder, .. parts]);

    /// <summary>A case file by its name without ending: <c>Case("dit.tiny")</c>.</summary>
    public static string Case(string name) => Path("cases", name + ".safetensors");

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string data = System.IO.Path.Combine(folder.FullName, "tests", "data");
            if (Directory.Exists(data))
            {
                return data;
            }
        }

        throw new DirectoryNotFoundException($"There is no folder tests/data above {AppContext.BaseDirectory}.");
    }
}
