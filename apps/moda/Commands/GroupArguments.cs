using System.CommandLine;
using Moda.Cli.Configuration;
using Moda.Runtime.Faces;

namespace Moda.Cli.Commands;

/// <summary>The arguments that choose one or several faces, and their voices.</summary>
/// <param name="audio">The option of the voice that all faces speak with.</param>
/// <param name="numbers">How several faces are numbered, for the help.</param>
internal sealed class GroupArguments(Option<string?> audio, string numbers)
{
    private readonly Option<string> face = ClipOptions.Face();
    private readonly Option<string?> faces = ClipOptions.Faces(numbers);
    private readonly Option<string[]> voices = ClipOptions.Voices();

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> All => [face, faces, voices];

    /// <summary>The one face.</summary>
    public FaceChoice Face(ParseResult parsed) => FaceChoice.Parse(parsed.GetRequiredValue(face));

    /// <summary>The several faces; null where one is chosen.</summary>
    public FaceSelection? Faces(ParseResult parsed) => parsed.GetValue(faces) is { } selected ? FaceSelection.Parse(selected) : null;

    /// <summary>The files of voices by the numbers of their faces; empty where all have one voice.</summary>
    public IReadOnlyDictionary<int, string> Voices(ParseResult parsed) => ClipOptions.ToVoices(parsed.GetValue(voices) ?? []);

    /// <summary>Refuses what contradicts itself.</summary>
    /// <exception cref="ConfigurationException">It says what.</exception>
    public void Validate(ParseResult parsed)
    {
        FaceSelection? selection = Faces(parsed);
        IReadOnlyDictionary<int, string> named = Voices(parsed);
        if (selection is null)
        {
            ConfigurationException.Require(named.Count == 0, "--voice gives a face of several its voice; choose them by --faces all or --faces 1,3.");
            return;
        }

        ConfigurationException.Require(parsed.GetResult(face) is not { Implicit: false }, "--face chooses one face, --faces several; give one of them.");
        ConfigurationException.Require(
            named.Count == 0 || parsed.GetValue(audio) is null, "--audio is one voice for all faces, --voice one for each; give one of them.");
        if (selection.Numbers is { } chosen)
        {
            ClipVoices.RequireOneEach(chosen, named);
        }
    }
}
