using Microsoft.AspNetCore.Mvc;

namespace Moda.Web.Api;

/// <summary>What the forms of videos with a voice share, for the API's description.</summary>
internal abstract class SpokenForm
{
    /// <summary>The sound: WAV, or whatever ffmpeg reads.</summary>
    [FromForm(Name = "voice")]
    public required IFormFile Voice { get; init; }

    /// <summary>anger, contempt, disgust, fear, happiness, neutral, sadness, surprise or none.</summary>
    [FromForm(Name = "emotion")]
    public string? Emotion { get; init; }

    /// <summary>How strongly the emotion shows, 0 to 100.</summary>
    [FromForm(Name = "emotion_strength")]
    public float? EmotionStrength { get; init; }

    /// <summary>How closely speech is followed, 1.0 to 2.5.</summary>
    [FromForm(Name = "guidance")]
    public float? Guidance { get; init; }

    /// <summary>Steps of the sampling, 2 to 100.</summary>
    [FromForm(Name = "steps")]
    public int? Steps { get; init; }

    /// <summary>The seed of the noise.</summary>
    [FromForm(Name = "seed")]
    public ulong? Seed { get; init; }
}

/// <summary>The form of a request for a talking video, for the API's description.</summary>
internal sealed class VideoForm : SpokenForm
{
    /// <summary>The picture: PNG, JPEG, WebP, GIF or BMP.</summary>
    [FromForm(Name = "portrait")]
    public required IFormFile Portrait { get; init; }

    /// <summary>none, exponential_moving_average or kalman.</summary>
    [FromForm(Name = "smoothing")]
    public string? Smoothing { get; init; }

    /// <summary>all, expression, pose, lip or eyes.</summary>
    [FromForm(Name = "region")]
    public string? Region { get; init; }

    /// <summary>feather, laplacian, face_mask or none.</summary>
    [FromForm(Name = "paste_back")]
    public string? PasteBack { get; init; }

    /// <summary>post, pre, both or none.</summary>
    [FromForm(Name = "silence")]
    public string? Silence { get; init; }

    /// <summary>largest, left, right, center or a number from the left, from 1.</summary>
    [FromForm(Name = "face")]
    public string? Face { get; init; }
}

/// <summary>The form of a request for a dub, for the API's description.</summary>
internal sealed class DubForm : SpokenForm
{
    /// <summary>The video: MP4, WebM, or whatever ffmpeg reads.</summary>
    [FromForm(Name = "video")]
    public required IFormFile Video { get; init; }

    /// <summary>largest, left, right, center or a number from 1 for one face; all, or numbers with commas for several.</summary>
    [FromForm(Name = "faces")]
    public string? Faces { get; init; }

    /// <summary>video, audio or shortest.</summary>
    [FromForm(Name = "length")]
    public string? Length { get; init; }

    /// <summary>none or kalman.</summary>
    [FromForm(Name = "smoothing")]
    public string? Smoothing { get; init; }

    /// <summary>laplacian, feather or face_mask.</summary>
    [FromForm(Name = "paste_back")]
    public string? PasteBack { get; init; }
}

/// <summary>The form of a request for a drive, for the API's description.</summary>
internal sealed class DriveForm
{
    /// <summary>The picture: PNG, JPEG, WebP, GIF or BMP.</summary>
    [FromForm(Name = "portrait")]
    public required IFormFile Portrait { get; init; }

    /// <summary>What it moves like: a video, a picture, or motion as safetensors.</summary>
    [FromForm(Name = "driving")]
    public required IFormFile Driving { get; init; }

    /// <summary>relative or absolute.</summary>
    [FromForm(Name = "motion")]
    public string? Motion { get; init; }

    /// <summary>expression_friendly or pose_friendly.</summary>
    [FromForm(Name = "driving_option")]
    public string? DrivingOption { get; init; }

    /// <summary>Scales all movement, 0 to 3.</summary>
    [FromForm(Name = "multiplier")]
    public float? Multiplier { get; init; }

    /// <summary>all, expression, pose, lip or eyes.</summary>
    [FromForm(Name = "region")]
    public string? Region { get; init; }

    /// <summary>none, exponential_moving_average or kalman.</summary>
    [FromForm(Name = "smoothing")]
    public string? Smoothing { get; init; }

    /// <summary>feather, laplacian, face_mask or none.</summary>
    [FromForm(Name = "paste_back")]
    public string? PasteBack { get; init; }

    /// <summary>Whether the driving video or picture is cropped to its face also where it is square.</summary>
    [FromForm(Name = "crop_driving")]
    public bool? CropDriving { get; init; }

    /// <summary>Whether the face is fitted to the shoulders.</summary>
    [FromForm(Name = "stitching")]
    public bool? Stitching { get; init; }

    /// <summary>Whether eyes open as far as the driving face's; in relative motion nothing else is followed.</summary>
    [FromForm(Name = "retarget_eyes")]
    public bool? RetargetEyes { get; init; }

    /// <summary>Whether lips open as far as the driving face's; in relative motion nothing else is followed.</summary>
    [FromForm(Name = "retarget_lips")]
    public bool? RetargetLips { get; init; }

    /// <summary>In relative motion: whether lips of the portrait that are open are closed first.</summary>
    [FromForm(Name = "normalize_lips")]
    public bool? NormalizeLips { get; init; }

    /// <summary>Whether the driving video's sound is kept.</summary>
    [FromForm(Name = "sound")]
    public bool? Sound { get; init; }

    /// <summary>largest, left, right, center or a number from the left, from 1.</summary>
    [FromForm(Name = "face")]
    public string? Face { get; init; }

    /// <summary>Which face of the driving video or picture is followed, chosen like face.</summary>
    [FromForm(Name = "driving_face")]
    public string? DrivingFace { get; init; }
}
