using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

/// <content>Several faces of one picture that speak in the same frames.</content>
public sealed partial class TalkingHeadEngine
{
    /// <summary>Finds several faces in a picture and prepares each of them to speak.</summary>
    /// <param name="image">At any size.</param>
    /// <param name="faces">Which of them.</param>
    /// <param name="portraitOptions">How large frames may be and how faces are framed; null for the reference's.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <returns>The faces from left to right; the caller disposes each. All hold the same picture.</returns>
    /// <exception cref="FaceNotFoundException">There is no face, not all that were chosen, or too small a one.</exception>
    /// <inheritdoc cref="PrepareAsync(Portrait, CancellationToken)" path="/exception"/>
    public async Task<IReadOnlyList<PreparedPortrait>> PrepareFacesAsync(
        RgbImage image, FaceSelection faces, PortraitOptions? portraitOptions = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(faces);
        IReadOnlyList<Portrait> found = await this.faces.CreatePortraitsAsync(image, faces, portraitOptions, cancellationToken).ConfigureAwait(false);
        var prepared = new List<PreparedPortrait>(found.Count);
        try
        {
            foreach (Portrait portrait in found)
            {
                prepared.Add(await PrepareAsync(portrait, cancellationToken).ConfigureAwait(false));
            }
        }
        catch
        {
            prepared.ForEach(portrait => portrait.Dispose());
            throw;
        }

        return prepared;
    }

    /// <summary>
    /// Makes several faces of one picture speak in the same frames, each with a voice of its own. The clip is as long as the longest voice;
    /// silence follows the others, in which their faces come to rest. What no face reaches stays as the picture has it.
    /// </summary>
    /// <param name="faces">
    /// Faces of one picture, each once, and their voices. They are pasted in this order: where two reach the same pixels, the later lies
    /// above the earlier. The portraits may be disposed once this has returned, the voices after the clip.
    /// </param>
    /// <param name="options">
    /// How all of them speak; null for the reference's defaults. The pace is offline, and several faces must be pasted back into their picture.
    /// </param>
    /// <param name="progress">Told as the stages go on, on tasks of the clip and its reader; null where nobody is told.</param>
    /// <returns>The clip. A face that no other reaches has the same pixels as in a clip of its own with the same voice.</returns>
    /// <exception cref="ArgumentException">
    /// There is no face, a face is given twice, the faces are not of one picture, or the options need what the weights lack or are not for
    /// several faces.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is NaN or out of range.</exception>
    /// <exception cref="ObjectDisposedException">A portrait or the engine was disposed.</exception>
    public TalkingClip SpeakTogether(
        IReadOnlyList<SpeakingFace> faces, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(faces);
        options ??= new GenerationOptions();
        ValidateGroup(faces, options);
        IReadOnlyList<LoadedPortrait> leased = PreparedPortrait.LeaseAll(faces.Select(face => face.Portrait));
        return Begin(
            leased,
            () =>
            {
                var voices = new JointVoices();
                var times = new StageTimes();
                return new GroupMotion(
                    [.. leased.Select((portrait, face) => new ClipMotion(context, portrait, voices.Add(faces[face].Voice), options, times))], times);
            },
            options,
            format: null,
            progress);
    }

    private void ValidateGroup(IReadOnlyList<SpeakingFace> group, GenerationOptions wanted)
    {
        if (group.Count == 0)
        {
            throw new ArgumentException("There is no face to speak; at least one is needed.", nameof(group));
        }

        foreach (SpeakingFace face in group)
        {
            ArgumentNullException.ThrowIfNull(face);
            Validate(face.Portrait.Engine, wanted);
        }

        Require(group.Select(face => face.Portrait).Distinct().Count() == group.Count, "each face speaks once");
        Require(group.All(face => IsOnePicture(face.Portrait.Portrait.Image, group[0].Portrait.Portrait.Image)), "all portraits are of one picture");
        Require(wanted.Pace == Pace.Offline, $"{nameof(GenerationOptions.Pace)} is {nameof(Pace.Offline)}");
        Require(group.Count == 1 || wanted.PasteBack != PasteBackMode.None, $"{nameof(GenerationOptions.PasteBack)} puts the faces back into their picture");

        static void Require(bool holds, string rule)
        {
            if (!holds)
            {
                throw new ArgumentException($"Several faces speak otherwise: {rule}.", nameof(group));
            }
        }
    }

    private static bool IsOnePicture(RgbImage one, RgbImage other) =>
        ReferenceEquals(one, other) || (one.Width == other.Width && one.Pixels.AsSpan().SequenceEqual(other.Pixels));
}
