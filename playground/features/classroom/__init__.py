"""A class: code, students, votes, the teacher's pages."""
