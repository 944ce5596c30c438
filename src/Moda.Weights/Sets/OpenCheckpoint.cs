namespace Moda.Weights.Sets;

/// <summary>
/// The small weights that come with Moda.Native: trained from nothing by tools/open-checkpoint, MIT like everything here. A program that
/// carries them has them in the folder <c>open-checkpoint</c> beside its executable.
/// </summary>
public static class OpenCheckpoint
{
    private const string FolderName = "open-checkpoint";

    /// <summary>Where they lie, for <see cref="WeightSet.Open"/>; null where the program came without them.</summary>
    public static string? Folder { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The folder of weights beside a program, or null.</summary>
    internal static string? Find(string programFolder)
    {
        string folder = Path.Combine(programFolder, FolderName);
        return File.Exists(Path.Combine(folder, WeightSetDescription.FileName)) ? folder : null;
    }
}
