namespace Moda.Runtime.Options;

/// <summary>The emotion that a clip is conditioned on; values are the motion generator's classes.</summary>
public enum Emotion
{
    /// <summary>Anger.</summary>
    Anger = 0,

    /// <summary>Contempt.</summary>
    Contempt = 1,

    /// <summary>Disgust.</summary>
    Disgust = 2,

    /// <summary>Fear.</summary>
    Fear = 3,

    /// <summary>Happiness.</summary>
    Happiness = 4,

    /// <summary>Neutral.</summary>
    Neutral = 5,

    /// <summary>Sadness.</summary>
    Sadness = 6,

    /// <summary>Surprise.</summary>
    Surprise = 7,

    /// <summary>No emotion given: the class that guidance is contrasted with.</summary>
    None = 8,
}
